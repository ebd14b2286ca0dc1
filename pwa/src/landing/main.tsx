/** The front door: what Amate is, its faces, and one touch into the demonstration. */
import "../device/trusted-types";
import { render } from "preact";
import "../ui/styles.css";
import "./landing.css";
import { watchUpdates } from "../device/updates";
import { Landing } from "./landing";

const root = document.getElementById("amate");
if (root) render(<Landing />, root);
void watchUpdates(() => undefined);
