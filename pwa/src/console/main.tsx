/** The console face: security teams see what every key does and when, sign changes, and stop a key at once. */
import "../device/trusted-types";
import { render } from "preact";
import "../ui/styles.css";
import "./console.css";
import { Console } from "./app";
import { start } from "./work";

const root = document.getElementById("amate");
if (root) render(<Console />, root);
void start();
