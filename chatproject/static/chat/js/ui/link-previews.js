// Link previews below a message. Loaded with the first one.

import { html, nothing } from "../../vendor/lit.js";
import { attempt, context } from "./context.js";
import { ChatElement } from "./element.js";

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .link-previews { display: grid; gap: var(--space-1); margin-block: var(--space-1); }
  .link-preview { position: relative; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: var(--space-2); min-inline-size: min(18rem, 100%); max-inline-size: 26rem; min-block-size: var(--target); padding: var(--space-2); border: 1px solid var(--line-strong); border-inline-start-width: 3px; border-radius: var(--radius-s); color: inherit; text-decoration: none; }
  .link-preview:hover { background: var(--hover); }
  .link-preview p { margin: 0; overflow-wrap: anywhere; }
  .link-preview-site { font-size: var(--text-s); }
  .link-preview-title { font-weight: var(--medium); }
  .link-preview-words { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; font-size: var(--text-s); }
  .link-preview img { inline-size: 5rem; block-size: 5rem; border-radius: var(--radius-s); object-fit: cover; background: var(--line); }
  .link-preview.is-picture { grid-template-columns: minmax(0, 1fr); }
  .link-preview.is-picture img { inline-size: 100%; block-size: auto; max-block-size: 16rem; object-fit: contain; }
}`);
document.adoptedStyleSheets.push(styles);

/** Loads the part. */
export function define() {}

/** @param {Chat.Message} message */
export function removePreviews({ conversationId, seq }) {
  return attempt(async () => {
    const path = ["conversations", conversationId, "messages", seq, "previews"];
    context.session.timelines.putMessage(await context.session.rest.delete(path));
  });
}

class LinkPreviews extends ChatElement {
  static properties = { message: {} };

  constructor() {
    super();
    /** @type {any} */
    this.message = null;
  }

  render() {
    return html`<div class="link-previews">${this.message.linkPreviews.map(card)}</div>`;
  }
}

/** @param {Chat.LinkPreview} preview */
function card({ url, title, description, siteName, picture }) {
  // What a page calls itself may be anybody's name; the host is whose it is.
  const site = [siteName, new URL(url).host].filter(Boolean).join(" · ");
  const isPicture = picture && !title && !description;
  return html`<a class="link-preview ${isPicture ? "is-picture" : ""}" href=${url} target="_blank" rel="noopener noreferrer nofollow">
    <div><p class="link-preview-site" dir="auto">${site}</p>
      ${title ? html`<p class="link-preview-title" dir="auto">${title}</p>` : nothing}
      ${description ? html`<p class="link-preview-words" dir="auto">${description}</p>` : nothing}</div>
    ${picture ? html`<img src=${picture.url} width=${picture.width} height=${picture.height} alt="" loading="lazy" decoding="async">` : nothing}</a>`;
}

customElements.define("chat-link-previews", LinkPreviews);
