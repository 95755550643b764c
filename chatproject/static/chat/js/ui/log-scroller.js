// Scrolling of the log: goes to a row, to the line of new messages or to the end, follows new
// messages at the end, and keeps the visible rows in place while pages are added above.

const NEAR_END = 60; // pixels
const LINE_OFFSET = 120; // pixels of earlier messages above the line of new messages
const STEADY_FRAMES = 3; // as many without a change, and the rows have their own heights
const MOST_FRAMES = 40;
const HAS_ANCHORING = CSS.supports("overflow-anchor", "auto");

export class LogScroller {
  /**
   * @param {HTMLElement} host the element that contains the log
   * @param {{mayFollow: () => boolean, onPlaced: () => void}} options `mayFollow` is false while
   *   newer messages are not loaded; `onPlaced` is called when the log stands where it was sent
   */
  constructor(host, { mayFollow, onPlaced }) {
    this.host = host;
    this.mayFollow = mayFollow;
    this.onPlaced = onPlaced;
    /** Whether the log stands at its end and follows what comes. */
    this.isPinned = true;
    /** @type {object | null} the placing that is under way */
    this.placing = null;
    /** @type {{row: Element, top: number} | null} */
    this.anchor = null;
    /** @type {Element | undefined} */
    this.observed = undefined;
    this.size = ""; // of the log, when it was last followed, or scrolled by the person
    this.resizes = new ResizeObserver(() => this.follow());
  }

  /** @returns {HTMLElement | null} */
  get log() {
    return this.host.querySelector(".log");
  }

  /** @returns {HTMLElement[]} the rows that stand for a message of the server, in order of seq */
  get rows() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.host.querySelectorAll("[data-seq]"))];
  }

  disconnect() {
    this.resizes.disconnect();
    this.observed = undefined;
  }

  /** Watches the size of the rows, which change after they are rendered, as when images load. */
  observe() {
    const lists = [...this.host.querySelectorAll(".rows")];
    const { log } = this;
    if (!lists.length || !log || lists.at(-1) === this.observed) return;
    this.resizes.disconnect();
    this.observed = lists.at(-1);
    for (const each of [...lists, log]) this.resizes.observe(each, { box: "border-box" });
  }

  // -- going somewhere

  /**
   * Scrolls now, and again in the next frames until nothing moves: rows that were never shown have a
   * guessed height, so what is in view and where the end is are not known before.
   *
   * @param {() => void} scroll
   */
  #place(scroll) {
    const turn = {};
    this.placing = turn;
    let steady = 0;
    let before = "";
    const again = (/** @type {number} */ left) => requestAnimationFrame(() => {
      if (turn !== this.placing) return;
      scroll();
      const now = `${this.log?.scrollTop} ${this.log?.scrollHeight}`;
      steady = now === before ? steady + 1 : 0;
      before = now;
      if (left > 1 && steady < STEADY_FRAMES) {
        again(left - 1);
        return;
      }
      this.placing = null;
      this.onPlaced();
    });
    scroll();
    again(MOST_FRAMES);
  }

  /** The person scrolls: nothing moves the log on its own any more. */
  cancelPlacing() {
    if (!this.placing) return;
    this.placing = null;
    this.onPlaced();
  }

  /** @param {Element} row */
  toRow(row) {
    this.#place(() => row.scrollIntoView({ block: "center" }));
  }

  /** Shows the line of new messages and, where little is missing to it, the whole end below. */
  toLine() {
    this.#place(() => {
      const { log } = this;
      const line = this.host.querySelector(".row-new");
      if (!log || !line) return;
      const above = Math.min(LINE_OFFSET, log.clientHeight / 4);
      log.scrollTop += line.getBoundingClientRect().top - log.getBoundingClientRect().top - above;
      if (this.distances().below < Math.min(NEAR_END, above)) log.scrollTop = log.scrollHeight;
    });
  }

  toEnd() {
    if (!this.log) return;
    this.isPinned = true;
    this.#place(() => { if (this.log) this.log.scrollTop = this.log.scrollHeight; });
  }

  /** Stays at the end where the log stands there. */
  follow() {
    const { log } = this;
    if (!log || !this.isPinned || !this.mayFollow()) return;
    log.scrollTop = log.scrollHeight;
    this.size = sizeOf(log);
  }

  /**
   * Whether a log at its end has another size since it was last followed, as when files to send
   * come below it or a pane beside it. The browser may scroll it then before it is followed.
   */
  hasResized() {
    return this.isPinned && this.size !== "" && this.size !== sizeOf(this.log);
  }

  /** @param {boolean} isPinned as where the person has scrolled to says */
  pin(isPinned) {
    this.isPinned = isPinned;
    this.size = sizeOf(this.log);
  }

  /** Pixels from the view to the beginning and to the end of what is loaded. */
  distances() {
    const { log } = this;
    if (!log) return { above: Infinity, below: Infinity };
    return { above: log.scrollTop, below: log.scrollHeight - log.scrollTop - log.clientHeight };
  }

  /** Whether the end of what is loaded is in view. */
  isNearEnd() {
    return this.distances().below < NEAR_END;
  }

  /** Whether nothing of what is loaded is below the view. */
  isAtEnd() {
    return this.distances().below < 2; // heights are rounded
  }

  /** @param {number} seq the row of this message, else of the next one */
  rowAt(seq) {
    const { rows } = this;
    return rows.find((row) => Number(row.dataset.seq) >= seq) ?? rows.at(-1) ?? null;
  }

  // -- anchoring, where the browser has none

  /** @param {boolean} isLoading whether rows are about to come in above */
  beforeUpdate(isLoading) {
    const { log } = this;
    // At the very top the browser anchors nothing; one pixel below it does.
    if (log && !this.isPinned && log.scrollTop === 0) log.scrollTop = 1;
    this.anchor = isLoading && !HAS_ANCHORING ? this.#firstVisible() : null;
  }

  #firstVisible() {
    const top = this.log?.getBoundingClientRect().top ?? 0;
    const row = this.rows.find((each) => each.getBoundingClientRect().bottom > top);
    return row ? { row, top: row.getBoundingClientRect().top } : null;
  }

  holdAnchor() {
    const { log, anchor } = this;
    this.anchor = null;
    if (log && anchor?.row.isConnected) log.scrollTop += anchor.row.getBoundingClientRect().top - anchor.top;
  }
}

/** @param {HTMLElement | null} log */
function sizeOf(log) {
  return log ? `${log.clientWidth} ${log.clientHeight}` : "";
}
