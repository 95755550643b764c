import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../chatproject/static/chat/js/core/errors.js";
import { tellTimeZone } from "../../chatproject/static/chat/js/core/time-zone.js";
import { silenceConsole } from "./fakes.js";

function session(timeZone, patch = async () => {}) {
  const told = [];
  return { told, store: { me: { timeZone } }, rest: { patch: (path, body) => { told.push([path, body]); return patch(); } } };
}

test("a zone that the server does not know is told", async () => {
  const it = session("");
  await tellTimeZone(it, "Asia/Tokyo");
  assert.deepEqual(it.told, [[["users", "me"], { timeZone: "Asia/Tokyo" }]]);
  assert.equal(it.store.me.timeZone, "Asia/Tokyo");
});

test("who has one keeps it, and a browser without one tells nothing", async () => {
  const it = session("Europe/Paris");
  await tellTimeZone(it, "Asia/Tokyo");
  assert.deepEqual([it.told, it.store.me.timeZone], [[], "Europe/Paris"]);
  const other = session("");
  await tellTimeZone(other, "");
  assert.deepEqual(other.told, []);
});

test("what is refused or does not arrive stays unknown", async (context) => {
  silenceConsole(context);
  for (const code of ["unknown_time_zone", "offline"]) {
    const it = session("", () => Promise.reject(new ApiError({ code })));
    await tellTimeZone(it, "Asia/Tokyo");
    assert.equal(it.store.me.timeZone, "");
  }
});
