import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../chatproject/static/chat/js/core/errors.js";
import { NameLoader } from "../../chatproject/static/chat/js/core/names.js";
import { Store } from "../../chatproject/static/chat/js/core/store.js";
import { FakeTimers, message, settle, silenceConsole } from "./fakes.js";

/** A loader whose server knows everybody by their id, or fails with `failures` first. */
function makeLoader(failures = []) {
  const asked = [];
  const timers = new FakeTimers();
  const store = new Store({ id: "me", name: "Me" });
  const get = async (path, { ids }) => {
    asked.push(ids);
    const failure = failures.shift();
    if (failure) throw failure;
    return { results: ids.split(",").map((id) => ({ id, name: `Name of ${id}` })) };
  };
  return { loader: new NameLoader({ rest: /** @type {any} */ ({ get }), store, timers }), asked, store, timers };
}

test("the names that several messages mention are loaded by one request", async () => {
  const { loader, asked, store } = makeLoader();
  loader.loadFor(message(1, { senderId: "bob" }));
  loader.loadFor(message(2, { senderId: "eve", reactions: [{ emoji: "👍", count: 1, userIds: ["bob", "ann"] }] }));
  await settle();
  assert.deepEqual(asked, ["bob,eve,ann"]);
  assert.equal(store.nameOf("ann"), "Name of ann");
});

test("known names are not loaded", async () => {
  const { loader, asked } = makeLoader();
  loader.load(["me", null, undefined]);
  await settle();
  assert.deepEqual(asked, []);
});

test("more than a hundred names take several requests", async () => {
  const { loader, asked } = makeLoader();
  loader.load(Array.from({ length: 150 }, (_, number) => `u${number}`));
  await settle();
  assert.deepEqual(asked.map((ids) => ids.split(",").length), [100, 50]);
});

test("a passing failure is logged and retried, and the names come", async (t) => {
  const log = silenceConsole(t);
  const { loader, store, timers } = makeLoader([new ApiError({ code: "unavailable", status: 503 })]);
  loader.load(["bob"]);
  await settle();
  assert.equal(store.nameOf("bob"), "");
  assert.match(log.warn[0], /Loading names failed: unavailable/);
  timers.advance(20000);
  await settle();
  assert.equal(store.nameOf("bob"), "Name of bob");
});

test("a refusal is logged, and the next event asks again", async (t) => {
  const log = silenceConsole(t);
  const { loader, asked } = makeLoader([new ApiError({ code: "invalid", status: 400 })]);
  loader.load(["bob"]);
  await settle();
  assert.match(log.warn[0], /Loading names failed: invalid/);
  loader.load(["bob"]);
  await settle();
  assert.deepEqual(asked, ["bob", "bob"]);
});
