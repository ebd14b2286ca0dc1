/** The clinic face: scans passes and says at once what they are worth, with or without a network. */
import "../device/trusted-types";
import { render } from "preact";
import "../ui/styles.css";
import "./clinic.css";
import { start } from "./actions";
import { Clinic } from "./app";

const root = document.getElementById("amate");
if (root) render(<Clinic />, root);
void start();
