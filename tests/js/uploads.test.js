import assert from "node:assert/strict";
import { test } from "node:test";
import { fit, kindOf, sourceFor } from "../../chatproject/static/chat/js/core/media.js";
import { Uploads } from "../../chatproject/static/chat/js/core/uploads.js";
import { settle } from "./fakes.js";

function uploads(options = {}) {
  const running = [];
  let number = 0;
  const it = new Uploads({
    upload: (file, fields, onProgress) => {
      const one = { file, fields, onProgress, isCancelled: false };
      one.done = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
      running.push(one);
      return { done: one.done, cancel: () => { one.isCancelled = true; one.reject({ code: "cancelled" }); } };
    },
    onChange: () => {}, newId: () => `u${number++}`, ...options,
  });
  return { it, running };
}

const files = (...names) => names.map((name) => ({ name, size: 10 }));
const states = (it) => it.items.map((item) => item.state);

test("two at a time, in their order", async () => {
  const { it, running } = uploads();
  it.add(files("a", "b", "c"));
  assert.deepEqual(states(it), ["uploading", "uploading", "waiting"]);
  running[1].resolve({ id: "B" });
  await settle();
  assert.deepEqual(states(it), ["uploading", "done", "uploading"]);
  running[0].resolve({ id: "A" });
  running[2].resolve({ id: "C" });
  await settle();
  assert.deepEqual(it.ready.map((each) => each.id), ["A", "B", "C"]);
  assert.equal(it.isBusy, false);
});

test("progress is reported", () => {
  const { it, running } = uploads();
  it.add(files("a"));
  running[0].onProgress(0.4);
  assert.equal(it.items[0].progress, 0.4);
});

test("failed uploads are retried, removed ones are cancelled", async () => {
  const { it, running } = uploads();
  it.add(files("a", "b"));
  running[0].reject({ code: "offline" });
  await settle();
  assert.equal(it.items[0].state, "failed");
  it.retry("u0");
  assert.equal(running.length, 3);
  it.remove("u1");
  await settle();
  assert.ok(running[1].isCancelled);
  assert.equal(it.items.length, 1);
});

test("no more than fit into a message, and none that is too large", () => {
  const { it } = uploads({ most: 2, mostBytes: 100 });
  assert.equal(it.add([{ name: "huge", size: 101 }, ...files("b", "c")]), 1);
  assert.deepEqual(states(it), ["failed", "uploading"]);
});

test("a picture's size is known before it comes", () => {
  assert.deepEqual(fit({ width: 1600, height: 900 }, 320), { width: 320, height: 180 });
  assert.deepEqual(fit({ width: 100, height: 50 }, 320), { width: 100, height: 50 });
  assert.deepEqual(fit({ width: 5, height: 9000 }, 320), { width: 1, height: 320 });
  assert.deepEqual(fit({ width: null, height: null }, 320), { width: 320, height: 240 });
});

test("the smallest preview that is large enough", () => {
  const thumbnails = [{ size: 1280, url: "large" }, { size: 320, url: "small" }];
  assert.equal(sourceFor({ thumbnails, url: "own" }, 320), "small");
  assert.equal(sourceFor({ thumbnails, url: "own" }, 640), "large");
  assert.equal(sourceFor({ thumbnails: [], url: "own" }, 320), "own");
});

test("only what is known to be safe is shown in the page", () => {
  const kind = (contentType, state = "ready") => kindOf({ contentType, state });
  assert.deepEqual(["image/png", "audio/webm", "video/mp4"].map((each) => kind(each)), ["picture", "audio", "video"]);
  for (const other of ["image/svg+xml", "text/html", "application/pdf", "video/x-msvideo"]) assert.equal(kind(other), "file");
  assert.equal(kind("image/png", "refused"), "file");
});
