// The floating day: while scrolling, the day of the topmost message. It lies over the log, so that it
// moves nothing, and disappears when the log is at rest.

import { dayName } from "../core/times.js";
import { context } from "./context.js";

const REST_MS = 1200;
const REACH = 56; // pixels below the top within which a day's own line makes the floating one needless

// Here, since the first view does without.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .floating-day { position: absolute; inset-block-start: var(--space-2); inset-inline: 0; z-index: var(--z-bar); inline-size: fit-content; max-inline-size: 90%; margin-inline: auto; padding: var(--space-1) var(--space-3); border-radius: var(--radius-full); background: var(--overlay); box-shadow: var(--shadow-s); color: var(--muted); font-size: var(--text-s); font-weight: var(--medium); pointer-events: none; transition: opacity var(--fast) var(--ease), visibility var(--fast); }
  .floating-day:not(.is-shown) { visibility: hidden; opacity: 0; }
}`);
document.adoptedStyleSheets.push(styles);

/** @type {WeakMap<HTMLElement, FloatingDay>} */
const floating = new WeakMap();

/**
 * Shows the day at the top of a log that is being scrolled.
 *
 * @param {HTMLElement} timeline the element around the log
 * @param {string} conversationId
 */
export function showDay(timeline, conversationId) {
  if (!floating.has(timeline)) floating.set(timeline, new FloatingDay(timeline));
  floating.get(timeline)?.show(conversationId);
}

class FloatingDay {
  /** @param {HTMLElement} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.label = document.createElement("div");
    this.label.className = "floating-day";
    this.label.ariaHidden = "true"; // the days' own lines tell it
    timeline.append(this.label);
  }

  /** @param {string} conversationId */
  show(conversationId) {
    clearTimeout(this.timer);
    const at = this.#topMoment(conversationId);
    this.label.classList.toggle("is-shown", at !== null);
    if (at === null) return;
    const name = dayName(at);
    if (this.label.textContent !== name) this.label.textContent = name;
    this.timer = setTimeout(() => this.label.classList.remove("is-shown"), REST_MS);
  }

  /**
   * When the topmost message in view was written; null where the line of its day is in view.
   *
   * @param {string} conversationId
   */
  #topMoment(conversationId) {
    const log = this.timeline.querySelector(".log");
    if (!log) return null;
    const { top } = log.getBoundingClientRect();
    const row = firstBelow(/** @type {HTMLElement[]} */ ([...this.timeline.querySelectorAll("[data-seq]")]), top);
    // At the very beginning the first line stands further down, above the first message.
    const reach = Math.max(top + REACH, row?.getBoundingClientRect().top ?? 0);
    const lines = [...this.timeline.querySelectorAll(".row-day")].map((line) => line.getBoundingClientRect());
    if (lines.some((line) => line.bottom > top && line.top < reach)) return null;
    return row ? context.store.known(conversationId, Number(row.dataset.seq))?.createdAt ?? null : null;
  }
}

/**
 * The first of rows, which stand in their order, that reaches below an edge.
 *
 * @param {HTMLElement[]} rows
 * @param {number} edge
 */
function firstBelow(rows, edge) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].getBoundingClientRect().bottom > edge) high = middle;
    else low = middle + 1;
  }
  return rows[low] ?? null;
}
