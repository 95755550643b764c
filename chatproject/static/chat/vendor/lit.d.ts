// The types of lit.js, which are those of the package that it was taken from; for `make lint` only.
export { LitElement, html, nothing, noChange, render, svg } from "lit";
export { repeat } from "lit/directives/repeat.js";
export { live } from "lit/directives/live.js";
