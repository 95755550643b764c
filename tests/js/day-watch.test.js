import assert from "node:assert/strict";
import { test } from "node:test";
import { DayWatch } from "../../chatproject/static/chat/js/core/day-watch.js";
import { forgetFormats, clock } from "../../chatproject/static/chat/js/core/times.js";
import { FakeTimers } from "./fakes.js";

function watched({ at, zone = "Europe/Berlin" }) {
  const timers = new FakeTimers();
  const seen = { changes: 0, zone };
  const now = () => at + timers.now;
  const watch = new DayWatch(() => { seen.changes += 1; }, { timers, now, zone: () => seen.zone });
  return { timers, seen, watch };
}

test("another day is told within half a minute of midnight, once", () => {
  const { timers, seen } = watched({ at: new Date(2026, 2, 5, 23, 59, 50).getTime() });
  timers.advance(5_000);
  assert.equal(seen.changes, 0);
  timers.advance(25_000);
  assert.equal(seen.changes, 1);
  timers.advance(3_600_000);
  assert.equal(seen.changes, 1);
});

test("another time zone is told", () => {
  const { timers, seen } = watched({ at: new Date(2026, 2, 5, 12).getTime() });
  seen.zone = "Asia/Tokyo";
  timers.advance(30_000);
  assert.equal(seen.changes, 1);
});

test("the clock is looked at when the page is seen again", () => {
  const { seen, watch } = watched({ at: new Date(2026, 2, 5, 12).getTime() });
  seen.zone = "Asia/Tokyo";
  watch.check();
  assert.equal(seen.changes, 1);
});

test("formats forget their time zone, also over the change to summer time", () => {
  const before = process.env.TZ;
  try {
    process.env.TZ = "Europe/Berlin";
    forgetFormats();
    const [winter, summer] = ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"];
    assert.match(clock(winter), /0?1:30/);
    assert.match(clock(summer), /0?3:30/);
    process.env.TZ = "Asia/Tokyo";
    forgetFormats();
    assert.match(clock(winter), /0?9:30/);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
    forgetFormats();
  }
});
