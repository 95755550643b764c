// A long press: what a right click is to a finger. Some systems make a contextmenu event of it while
// the finger is down, some do not; then it counts when the finger has left and the click that some
// make of it is over, since a popover that opened before is closed by either.

const PRESS_MS = 500;
const SLACK = 10; // pixels that a resting finger moves
const CLICK_MS = 100; // within which a click follows, if one does

export class LongPress {
  /** @param {(place: {target: EventTarget | null, clientX: number, clientY: number}) => void} onPress */
  constructor(onPress) {
    this.onPress = onPress;
    /** @type {PointerEvent | null} */
    this.began = null;
    this.wasPress = false;
    this.waiting = 0;
    this.down = this.down.bind(this);
    this.move = this.move.bind(this);
    this.up = this.up.bind(this);
    this.cancel = this.cancel.bind(this);
    // Before what is inside hears of it.
    this.clickFirst = { handleEvent: (/** @type {Event} */ event) => this.#click(event), capture: true };
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.wasPress = false;
    this.began = event.pointerType === "touch" && event.isPrimary ? event : null;
    this.target = event.target;
  }

  /** @param {PointerEvent} event */
  move({ clientX, clientY }) {
    const { began } = this;
    if (began && Math.hypot(clientX - began.clientX, clientY - began.clientY) > SLACK) this.cancel();
  }

  /** @param {PointerEvent} event */
  up({ timeStamp, clientX, clientY }) {
    const { began, target = null } = this;
    this.began = null;
    if (!began || timeStamp - began.timeStamp < PRESS_MS) return;
    this.wasPress = true;
    this.place = { target, clientX, clientY };
    this.#openIn(CLICK_MS);
  }

  /** @param {number} delay in ms */
  #openIn(delay) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.waiting = 0;
      if (this.place) this.onPress(this.place);
    }, delay);
  }

  cancel() {
    this.began = null;
  }

  /** The click that follows a press is none. @param {Event} event */
  #click(event) {
    if (!this.wasPress) return;
    this.wasPress = false;
    event.preventDefault();
    event.stopPropagation();
    if (this.waiting) this.#openIn(0);
  }
}
