// A long press on a message opens its menu, also where the system makes no contextmenu event of it.

import { LongPress } from "./long-press.js";

// A finger that rests selects no text: the menu has “Copy text”.
const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  @media (hover: none) and (pointer: coarse) { .bubble { -webkit-touch-callout: none; -webkit-user-select: none; user-select: none; } }
}`);

/** Watches the messages of the page. */
export function watchPresses() {
  document.adoptedStyleSheets.push(styles);
  const press = new LongPress(({ target, clientX, clientY }) => {
    target?.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY }));
  });
  document.addEventListener("pointerdown", (event) => {
    const { target } = event;
    if (target instanceof Element && target.closest("chat-message")) press.down(event);
    else press.cancel();
  });
  document.addEventListener("pointermove", press.move);
  document.addEventListener("pointerup", press.up);
  document.addEventListener("pointercancel", press.cancel);
  document.addEventListener("contextmenu", press.cancel, { capture: true });
  document.addEventListener("click", press.clickFirst, press.clickFirst);
}
