import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_SCALE, WHOLE, panned, zoomed } from "../../chatproject/static/chat/js/core/pan-zoom.js";

const SIZE = { width: 400, height: 200 };
const MIDDLE = { x: 0, y: 0 };

test("the point under the pointer stays where it is", () => {
  const view = zoomed(WHOLE, 2, { x: 100, y: 50 }, SIZE);
  // what was at 100 from the middle is at 2 * 100 + x now
  assert.deepEqual([2 * 100 + view.x, 2 * 50 + view.y], [100, 50]);
});

test("the scale is bounded on both sides, and at the least all is in the middle", () => {
  assert.equal(zoomed(WHOLE, 100, MIDDLE, SIZE).scale, LARGEST_SCALE);
  assert.deepEqual(zoomed({ scale: 3, x: 300, y: 10 }, 0.01, MIDDLE, SIZE), WHOLE);
});

test("a picture is not moved out of its frame", () => {
  assert.deepEqual(panned({ scale: 2, x: 0, y: 0 }, 999, -999, SIZE), { scale: 2, x: 200, y: -100 });
  assert.deepEqual(panned(WHOLE, 50, 50, SIZE), WHOLE);
});
