import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../chatproject/static/chat/js/core/drafts.js";
import { localStorage } from "./fakes.js";

test("drafts outlive the page, each person's own", () => {
  const storage = localStorage();
  new Drafts(storage, "me").set("c", { content: "half a", replyToSeq: 4 });
  assert.deepEqual(new Drafts(storage, "me").get("c"), { content: "half a", replyToSeq: 4 });
  assert.equal(new Drafts(storage, "other").get("c"), null);
});

test("an empty draft is none, and a broken storage does no harm", () => {
  const storage = localStorage({ "chat.drafts.me": "{broken" });
  const drafts = new Drafts(storage, "me");
  drafts.set("c", { content: "x" });
  drafts.clear("c");
  assert.equal(drafts.get("c"), null);
  storage.setItem = () => { throw new Error("full"); };
  drafts.set("c", { content: "kept in memory" });
  assert.equal(drafts.get("c").content, "kept in memory");
});

test("only the latest drafts are kept", () => {
  const drafts = new Drafts(localStorage(), "me");
  for (let number = 0; number < 250; number += 1) drafts.set(`c${number}`, { content: "x" });
  assert.equal(drafts.get("c0"), null);
  assert.ok(drafts.get("c249"));
});
