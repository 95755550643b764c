import assert from "node:assert/strict";
import { test } from "node:test";
import * as unread from "../../chatproject/static/chat/js/core/unread.js";
import { conversation, message } from "./fakes.js";

const ME = "01a1fd3b-a764-7514-ab57-40874d070685";

test("own, deleted and system messages do not count", () => {
  assert.ok(unread.countsAsUnread(message(1), ME));
  assert.ok(!unread.countsAsUnread(message(1, { senderId: ME }), ME));
  assert.ok(!unread.countsAsUnread(message(1, { deletedAt: "x" }), ME));
  assert.ok(!unread.countsAsUnread(message(1, { kind: "system" }), ME));
});

test("a mention counts, one in code does not", () => {
  assert.ok(unread.mentionsUser({ content: `hi <@${ME.toUpperCase()}>` }, ME));
  assert.ok(unread.mentionsUser({ content: "@all come" }, ME));
  assert.ok(!unread.mentionsUser({ content: `\`<@${ME}>\` mail@all.org` }, ME));
  assert.ok(!unread.mentionsUser({ content: `\`\`\`\n@all` }, ME));
});

test("the line stands before the first unread of somebody else", () => {
  const messages = [message(1), message(2, { senderId: ME }), message(3)];
  assert.equal(unread.firstUnreadSeq(messages, 1, ME), 3);
  assert.equal(unread.firstUnreadSeq(messages, 3, ME), null);
});

test("muted and quiet conversations do not notify", () => {
  const notifies = (fields, content = "hi") => unread.shouldNotify(conversation(fields), message(1, { content }), ME, Date.parse("2026-01-05"));
  assert.ok(notifies({}));
  assert.ok(!notifies({ mutedUntil: "2026-01-06T00:00:00Z" }));
  assert.ok(notifies({ mutedUntil: "2026-01-04T00:00:00Z" }));
  assert.ok(!notifies({ notify: "none" }));
  assert.ok(!notifies({ notify: "mentions" }));
  assert.ok(notifies({ notify: "mentions" }, "@all"));
});

test("totals leave out muted conversations, but not mentions in them", () => {
  const all = [
    conversation({ unread: 3 }), conversation({ unread: 5, unreadMentions: 1, mutedUntil: "2999-01-01T00:00:00Z" }),
    conversation({ unreadMark: true }), conversation({ unread: 9, leftAt: "x" }),
  ];
  assert.deepEqual(unread.totals(all), { unread: 4, unreadMentions: 1 });
});

test("badges end at 99", () => {
  assert.deepEqual([unread.badge(7), unread.badge(99), unread.badge(100)], ["7", "99", "99+"]);
});
