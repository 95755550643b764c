// The sections of the inbox: favourites, folders, and the rest; moved by drag or menu.

import { html, nothing, svg } from "../../vendor/lit.js";
import { Folders } from "../core/folders.js";
import { t } from "../core/i18n.js";
import { logger } from "../core/logger.js";
import { attempt, context, emit } from "./context.js";
import { addIcons, icon } from "./icons.js";
import { openMenu } from "./menu.js";

addIcons({ folder: svg`<path d="M3.500 7a2 2 0 0 1 2-2h4l2 2.500h7a2 2 0 0 1 2 2v7.500a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2V7Z"/>` });

const TYPE = "application/x-conversation";

export const folders = new Folders(context.session.rest);

export async function loadFolders() {
  await folders.load();
  context.store.notify("inbox");
}

context.session.events.subscribe((frame) => {
  if (frame.type === "state.changed" && frame.part === "folders") attempt(loadFolders);
});

// What another device changed while the line was down.
context.store.subscribe((topic) => {
  if (topic === "connection" && context.session.connection.state === "online") {
    loadFolders().catch((error) => logger.failure("Loading the folders", error));
  }
});

/**
 * Runs a change of the folders and shows them as they are then.
 *
 * @param {() => Promise<unknown>} act
 */
function change(act) {
  return attempt(async () => {
    await act();
    await loadFolders();
  });
}

/**
 * @param {Chat.Conversation[]} conversations in the order of the inbox
 * @param {(conversations: Chat.Conversation[]) => unknown} list
 */
export function inboxSections(conversations, list) {
  const sections = folders.sections(conversations);
  if (sections.length === 1) return list(conversations);
  return sections.map((section) => html`<section class="inbox-section" @dragstart=${take}
      @dragover=${(event) => allow(event, section)} @drop=${(event) => drop(event, section)}>
    <h2 class="inbox-heading"><span dir="auto">${nameOf(section)}</span>${section.folder ? folderButton(section.folder) : nothing}</h2>
    ${section.conversations.length ? list(section.conversations) : html`<p class="hint">${t("Drag a conversation here, or choose the folder in its menu.")}</p>`}
  </section>`);
}

/** @param {Chat.InboxSection} section */
function nameOf({ kind, folder }) {
  if (folder) return folder.name;
  return kind === "favourites" ? t("Favourites") : t("Conversations");
}

/** @param {Chat.Folder} folder */
function folderButton(folder) {
  const label = t("Folder {name}", { name: folder.name });
  return html`<button class="icon-button" type="button" aria-label=${label} title=${label} aria-haspopup="menu" aria-expanded="false"
    @click=${(event) => openFolderMenu(folder, event.currentTarget)}>${icon("more")}</button>`;
}

// -- by drag

/** @param {any} event */
function take(event) {
  const id = event.target.closest?.(".inbox-row")?.dataset.id;
  if (id) event.dataTransfer.setData(TYPE, id);
}

/**
 * @param {any} event
 * @param {Chat.InboxSection} section
 */
function allow(event, { kind }) {
  if (kind !== "favourites" && event.dataTransfer.types.includes(TYPE)) event.preventDefault();
}

/**
 * Before the row that it is dropped on, else at the end.
 *
 * @param {any} event
 * @param {Chat.InboxSection} section
 */
function drop(event, { folder }) {
  const id = event.dataTransfer.getData(TYPE);
  if (!id) return;
  event.preventDefault();
  const onto = event.target.closest?.(".inbox-row")?.dataset.id;
  const others = folder?.conversationIds.filter((each) => each !== id) ?? [];
  const at = onto && onto !== id ? others.indexOf(onto) : -1;
  change(() => folders.place(id, folder?.id ?? null, at < 0 ? undefined : at));
}

// -- by menu

/**
 * @param {Chat.Folder} folder
 * @param {Element} anchor
 */
function openFolderMenu(folder, anchor) {
  const at = folders.list.indexOf(folder);
  openMenu({
    anchor,
    label: t("Folder {name}", { name: folder.name }),
    items: [
      { icon: "edit", label: t("Rename"), run: () => askName(t("Rename"), folder.name, (name) => folders.change(folder.id, { name })) },
      ...(at > 0 ? [{ icon: "back", label: t("Move up"), run: () => change(() => folders.change(folder.id, { position: at - 1 })) }] : []),
      ...(at < folders.list.length - 1 ? [{ icon: "down", label: t("Move down"), run: () => change(() => folders.change(folder.id, { position: at + 1 })) }] : []),
      null,
      { icon: "trash", label: t("Delete the folder"), isDanger: true, run: () => change(() => folders.remove(folder.id)) },
    ],
  });
}

/**
 * The menu that chooses the folder of a conversation, and its place in it.
 *
 * @param {string} id
 * @param {any} anchor
 */
export function openPlaceMenu(id, anchor) {
  const now = folders.folderOf(id);
  const at = now?.conversationIds.indexOf(id) ?? -1;
  const move = (/** @type {number} */ to) => () => change(() => folders.place(id, now?.id ?? null, to));
  openMenu({
    anchor,
    label: t("Folder"),
    items: [
      ...folders.list.map((each) => ({
        icon: "folder", label: each.name, isOn: each === now, run: () => change(() => folders.place(id, each === now ? null : each.id)) })),
      { icon: "plus", label: t("New folder…"), run: () => askName(t("New folder"), "", async (name) => {
        const { id: folderId } = await folders.create(name);
        await folders.place(id, folderId);
      }) },
      ...(now && now.conversationIds.length > 1 ? [null] : []),
      ...(now && at > 0 ? [{ icon: "back", label: t("Move up"), run: move(at - 1) }] : []),
      ...(now && at < now.conversationIds.length - 1 ? [{ icon: "down", label: t("Move down"), run: move(at + 1) }] : []),
    ],
  });
}

/**
 * @param {string} title
 * @param {string} value
 * @param {(name: string) => Promise<unknown>} act
 */
function askName(title, value, act) {
  emit("dialog", { name: "ask-name", title, value, choose: (/** @type {string} */ name) => change(() => act(name)) });
}
