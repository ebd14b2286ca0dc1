/** The enrolment face: a module's desk registers a person and hands over the offer for their phone. */
import "../device/trusted-types";
import { render } from "preact";
import "../ui/styles.css";
import "./enrolment.css";
import { Enrolment } from "./app";
import { start } from "./work";

const root = document.getElementById("amate");
if (root) render(<Enrolment />, root);
void start();
