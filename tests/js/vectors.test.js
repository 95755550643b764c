// The rules that the server or the Python client has, too: tests/vectors has the cases of both.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fold } from "../../chatproject/static/chat/js/core/folding.js";
import { rowsOf } from "../../chatproject/static/chat/js/core/grouping.js";
import { parse, plainLine } from "../../chatproject/static/chat/js/core/markdown.js";
import { Revs } from "../../chatproject/static/chat/js/core/revs.js";
import { Store } from "../../chatproject/static/chat/js/core/store.js";
import { mentionsUser } from "../../chatproject/static/chat/js/core/unread.js";
import { conversation, message } from "./fakes.js";

const ANN = "01900000-0000-7000-8000-00000000000a";
const BOB = "01900000-0000-7000-8000-00000000000b";
const SOMEBODY = "01900000-0000-7000-8000-00000000000c";

function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
}

/** All nodes of a tree of Markdown. */
function* nodesOf(nodes) {
  for (const node of nodes) {
    yield node;
    yield* nodesOf(node.children ?? []);
  }
}

for (const { name, content, meta, people, everybody, shown: visible = { people, everybody } } of vectors("mentions")) {
  test(`mentions: ${name}`, () => {
    for (const id of [ANN, BOB]) assert.equal(mentionsUser({ content, meta }, id), everybody || people.includes(id), id);
    assert.equal(mentionsUser({ content, meta }, SOMEBODY), everybody);
  });

  test(`mentions that are shown: ${name}`, () => {
    const nodes = [...nodesOf(parse(content))];
    const shown = nodes.filter((node) => node.type === "mention").map((node) => node.userId);
    assert.deepEqual(new Set(shown), new Set(visible.people));
    assert.equal(nodes.some((node) => node.type === "all"), visible.everybody);
  });
}

for (const { name, text, folded } of vectors("folding")) {
  test(`folding: ${name}`, () => assert.equal(fold(text), folded));
}

const TAGS = { bold: "b", italic: "i", strike: "s", paragraph: "p", item: "li", row: "tr", cell: "td" };

/** A tree as the vectors write it. */
function notation(nodes) {
  return nodes.map(nodeNotation).join("");
}

function nodeNotation(node) {
  const inside = node.children ? notation(node.children) : node.text;
  const element = (tag, value = "") => `<${tag}${value === "" ? "" : `=${value}`}>${inside}</${tag}>`;
  switch (node.type) {
    case "text":
      return inside;
    case "code-block":
      return element("pre", node.language);
    case "mention":
      return `<@${node.userId.at(-1).toUpperCase()}>`;
    case "all":
      return "<@all>";
    case "link":
      return element("a", node.href);
    case "list":
      return node.isOrdered ? element("ol", node.start) : element("ul");
    case "heading":
      return `<h${node.level}>${inside}</h${node.level}>`;
    case "table":
      return element("table", node.columns.map((column) => column ?? "").join(","));
    case "item":
      return element("li", "isChecked" in node ? (node.isChecked ? "x" : " ") : "");
    default:
      return element(TAGS[node.type] ?? node.type);
  }
}

for (const { name, text, tree } of vectors("markup")) {
  test(`markup: ${name}`, () => assert.equal(notation(parse(text)), tree));
}

for (const { name, text, line } of vectors("plain")) {
  test(`plain line: ${name}`, () => assert.equal(plainLine(text, () => "Ann"), line));
}

const frameOf = ({ type, rev, seq }) => ({ type, conversationId: "c", rev, ...(seq ? { message: { seq, rev } } : {}) });

/** Does a step; gives the events that are handed out. */
function takeRevsStep(revs, step) {
  if (step.event) return revs.take(frameOf(step.event));
  if (step.hint) return revs.take(frameOf({ type: "conversation.rev", rev: step.hint }));
  if (step.head) return revs.head("c", step.head);
  if (step.reconnect) {
    revs.hello({ c: step.reconnect });
    return revs.released("c");
  }
  if (step.rewind) {
    revs.rewind("c", step.rewind);
    return [];
  }
  const { since, ...changes } = step.answer;
  return revs.answer("c", since, changes) ? revs.released("c") : [];
}

for (const { name, since, steps } of vectors("revs")) {
  test(`revs: ${name}`, () => {
    const revs = new Revs();
    revs.seed("c", since);
    for (const step of steps) {
      const out = takeRevsStep(revs, step).map(({ type, rev }) => [type.startsWith("message.") ? "message" : type, rev]);
      assert.deepEqual(out, step.out, JSON.stringify(step));
      assert.equal(revs.behind().c ?? null, step.behind, JSON.stringify(step));
    }
  });
}

/** A store that hears of each step as by events, in a timeline that is loaded. */
class UnreadWorld {
  constructor() {
    this.store = new Store({ id: ANN, name: "Me" });
    this.store.putConversation(conversation());
    this.store.replaceTimeline("c", { results: [], previous: null, next: null, people: [] });
    this.seq = this.rev = 0;
  }

  do(step) {
    const text = (content) => content.replaceAll("{me}", `<@${ANN}>`).replaceAll("{other}", `<@${BOB}>`);
    if (step.say) this.#add({ senderId: step.say[0] === "me" ? ANN : BOB, content: text(step.say[1]) });
    else if (step.reply) {
      const [role, content, also] = step.reply;
      const thread = { threadSeq: 1, alsoToConversation: also !== undefined };
      this.#add({ senderId: role === "me" ? ANN : BOB, content: text(content), ...thread });
    } else if (step.system) this.#add({ kind: "system", senderId: BOB, content: "" });
    else if (step.edit) this.#change(step.edit[0], { content: text(step.edit[1]) });
    else if (step.delete) this.#change(step.delete, { content: "", deletedAt: "2026-01-05T11:00:00Z" });
    else if (step.hide) this.store.hideMessage("c", step.hide);
    else this.store.movePointer("c", step.read);
  }

  #add(fields) {
    this.seq += 1;
    this.rev += 1;
    this.store.putMessage(message(this.seq, { rev: this.rev, ...fields }));
  }

  #change(seq, fields) {
    this.rev += 1;
    const before = this.store.message("c", seq) ?? message(seq, { senderId: BOB });
    this.store.putMessage({ ...before, rev: this.rev, ...fields });
  }
}

for (const { name, steps } of vectors("unread")) {
  test(`unread: ${name}`, () => {
    const world = new UnreadWorld();
    for (const step of steps) {
      world.do(step);
      const { unread, unreadMentions } = world.store.conversations.get("c");
      assert.deepEqual({ unread, unreadMentions }, { unread: step.unread, unreadMentions: step.unreadMentions }, JSON.stringify(step));
    }
  });
}

function rowName(row) {
  if (row.kind === "day" || row.kind === "new") return row.kind;
  const seq = row.message.seq ?? "pending";
  if (row.kind === "system") return `system ${seq}`;
  return [row.isFirst ? "first" : "", row.isLast ? "last" : "", seq].filter((word) => word !== "").join(" ");
}

for (const { name, messages, pending, firstNewSeq, rows } of vectors("grouping")) {
  test(`grouping: ${name}`, () => {
    const complete = (fields, number) => message(fields.seq, { ...fields, clientId: `${fields.seq ?? "pending"}-${number}` });
    const shown = rowsOf(messages.map(complete), pending.map(complete), { firstNewSeq, dayOf: (moment) => moment.slice(0, 10) });
    assert.deepEqual(shown.map(rowName), rows);
    assert.equal(new Set(shown.map((row) => row.key)).size, shown.length);
  });
}
