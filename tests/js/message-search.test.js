import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt, pieces } from "../../chatproject/static/chat/js/core/highlights.js";
import { RecentSearches } from "../../chatproject/static/chat/js/core/recent-searches.js";
import { Rest, urlOf } from "../../chatproject/static/chat/js/core/rest.js";
import { filterAt, hasFilter, isComplete, toParameters, withoutFilter } from "../../chatproject/static/chat/js/core/search-filters.js";
import { SearchRequests } from "../../chatproject/static/chat/js/core/search-requests.js";
import { FakeTimers, settle } from "./fakes.js";

const ANN = "01a1fd3b-a764-7514-ab57-40874d070685";
const nobody = () => "Somebody";
const shown = (found) => found.map(({ text, isHit }) => (isHit ? `[${text}]` : text)).join("");
const query = (text, filters = []) => ({ text, filters });
const chip = (name, value, isNegated = false) => ({ name, value, isNegated, label: value });

test("highlights count code points, not UTF-16 units", () => {
  assert.equal(shown(pieces("🎉🎉 tent 🏕️", [[3, 7]])), "🎉🎉 [tent] 🏕️");
  assert.equal(shown(pieces("𠮷野家で", [[0, 2]])), "[𠮷野]家で");
  assert.equal(shown(pieces("tent", [])), "tent");
});

test("an excerpt is one plain line around the first highlight", () => {
  const text = `${"far away ".repeat(30)}**the** tent\n\nof <@${ANN}> \`here\``;
  const at = [...text].length - [...`tent\n\nof <@${ANN}> \`here\``].length;
  assert.equal(shown(excerpt(text, [[at, at + 4]], (id) => (id === ANN ? "Ann" : "?"))),
    "…far away far away far away the [tent] of @Ann here");
  assert.equal(shown(excerpt("  two\n lines ", [], nobody)), "two lines ");
  assert.equal(shown(excerpt("the *tents* are 2 * 3", [[5, 9]], nobody)), "the [tent]s are 2 * 3");
  assert.equal(shown(excerpt("", [], nobody)), "");
  assert.equal([...shown(excerpt("x".repeat(5000), [], nobody))].length, 221);
  assert.equal(shown(excerpt("call **kwargs now", [[5, 13]], nobody)), "call [**kwargs] now", "what was found stays as typed");
});

test("the filter at the cursor", () => {
  assert.deepEqual(filterAt("tent from:an", 12), { name: "from", query: "an", isNegated: false, start: 5, end: 12 });
  assert.deepEqual(filterAt('-in:"Weekend tr', 15), { name: "in", query: "Weekend tr", isNegated: true, start: 0, end: 15 });
  assert.deepEqual(filterAt("tent fr", 7), { name: null, query: "fr", isNegated: false, start: 5, end: 7 });
  assert.equal(filterAt("from:ann ", 9), null);
  assert.equal(filterAt("https://x", 9), null);
  assert.ok(isComplete("has", "File") && isComplete("on", "2026-01") && isComplete("before", "yesterday"));
  assert.ok(!isComplete("has", "fil") && !isComplete("from", "ann") && !isComplete("on", "2026-"));
  assert.ok(hasFilter("x from:ann") && !hasFilter("x afrom:ann") && !hasFilter("from: "));
  assert.equal(withoutFilter("tent from:ann  boat", "from:ann"), "tent boat");
});

test("filters of one name go together, negated ones with a minus", () => {
  const parameters = toParameters(query("tent", [chip("from", "a"), chip("from", "b", true), chip("has", "file")]));
  assert.deepEqual(parameters, { q: "tent", from: ["a", "-b"], has: ["file"] });
  assert.equal(urlOf(["search"], { ...parameters, cursor: null }), "/v1/search?q=tent&from=a&from=-b&has=file");
});

class Requests extends SearchRequests {
  constructor(timers) {
    const asked = [];
    const get = (_path, parameters, { signal }) => new Promise((resolve, reject) => {
      asked.push({ ...parameters, signal, resolve: (results, next = null) => resolve({ results, filters: [], next, people: [] }), reject });
    });
    super({ rest: { get }, timers, timeZone: "Europe/Berlin", onChange: () => {} });
    this.asked = asked;
  }

  of(kind, text) {
    return this.asked.findLast((each) => each.kind === kind && (text === undefined || each.q === text));
  }
}

test("one request after a pause of typing, for all kinds", async () => {
  const timers = new FakeTimers();
  const requests = new Requests(timers);
  for (const text of ["t", "te", "ten", "tent"]) {
    requests.search(query(text));
    timers.advance(100);
  }
  assert.equal(requests.asked.length, 0);
  timers.advance(100);
  assert.deepEqual(requests.asked.map((each) => [each.kind, each.q]),
    [["people", "tent"], ["conversations", "tent"], ["messages", "tent"], ["files", "tent"]]);
  assert.ok(requests.isBusy);
  for (const each of requests.asked) each.resolve([each.kind]);
  await settle();
  assert.ok(!requests.isBusy);
  assert.deepEqual(requests.parts.messages.results, ["messages"]);
});

test("a newer query cancels the older, and what comes late is dropped", async () => {
  const timers = new FakeTimers();
  const requests = new Requests(timers);
  requests.search(query("old"));
  timers.advance(1000);
  const old = [...requests.asked];
  requests.search(query("new"));
  assert.ok(old.every((each) => each.signal.aborted));
  timers.advance(1000);
  for (const each of requests.asked.slice(old.length)) each.resolve([`new ${each.kind}`]);
  await settle();
  for (const each of old) each.resolve(["old"]);
  await settle();
  assert.deepEqual(requests.parts.messages.results, ["new messages"]);
  assert.equal(requests.shown.text, "new");
  requests.search(query("  "));
  assert.deepEqual(requests.parts.messages.results, []);
  assert.ok(!requests.isBusy);
});

test("filters are about messages and files alone", () => {
  const timers = new FakeTimers();
  const requests = new Requests(timers);
  requests.search(query("tent", [chip("from", "a")]), { pause: 0 });
  timers.advance(1);
  assert.deepEqual(requests.asked.map((each) => each.kind), ["messages", "files"]);
  requests.search(query("", [chip("from", "a")]), { pause: 0 });
  timers.advance(1);
  assert.deepEqual(requests.asked.slice(2).map((each) => each.kind), ["messages"]);
});

test("a page more is appended, and a failure keeps what is there", async () => {
  const timers = new FakeTimers();
  const requests = new Requests(timers);
  requests.search(query("", [chip("has", "link")]), { pause: 0 });
  timers.advance(1);
  requests.of("messages").resolve([1], "further");
  await settle();
  const failing = requests.more("messages");
  requests.of("messages").reject(new Error("lost"));
  await failing;
  assert.deepEqual(requests.parts.messages.results, [1]);
  assert.equal(requests.parts.messages.error.message, "lost");
  const loading = requests.more("messages");
  assert.equal(requests.of("messages").cursor, "further");
  requests.of("messages").resolve([2]);
  await loading;
  assert.deepEqual(requests.parts.messages.results, [1, 2]);
  assert.equal(requests.parts.messages.next, null);
});

test("recent searches: once each, the last first, one's own, and none of what is broken", () => {
  const items = new Map();
  const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
  const recent = new RecentSearches(storage, "ann");
  for (const text of ["a", "b", "a ", " "]) recent.add(query(text));
  assert.deepEqual(recent.list().map((each) => each.text), ["a", "b"]);
  for (let number = 0; number < 20; number += 1) recent.add(query(`q${number}`));
  assert.equal(recent.list().length, 6);
  assert.deepEqual(new RecentSearches(storage, "ben").list(), []);
  recent.clear();
  assert.deepEqual(recent.list(), []);
  items.set("chat.searches.ann", "{broken");
  assert.deepEqual(recent.list(), []);
  items.set("chat.searches.ann", '[{"text": 1}, null]');
  assert.deepEqual(recent.list(), []);
});

test("a call that is cancelled reaches fetch as such", async () => {
  const control = new AbortController();
  let given;
  const rest = new Rest({ csrfToken: "", fetch: async (_url, options) => { given = options.signal; return new Response("{}"); } });
  await rest.get(["search"], {}, { signal: control.signal });
  assert.equal(given.aborted, false);
  control.abort();
  assert.equal(given.aborted, true);
});
