// What `lit` 3.3.3 exports of its packages, as far as it is used here.
export { LitElement, html, nothing, noChange, render, svg } from "./lit-element/lit-element.js";
export { repeat } from "./lit-html/directives/repeat.js";
export { live } from "./lit-html/directives/live.js";
