import assert from "node:assert/strict";
import { test } from "node:test";
import { LARGEST_ZOOM, moved, squareOf } from "../../chatproject/static/chat/js/core/crop.js";

const WIDE = { width: 400, height: 200 };
const MIDDLE = { x: 0.5, y: 0.5, zoom: 1 };

test("the middle of a wide picture, as much as fits", () => {
  assert.deepEqual(squareOf(WIDE, MIDDLE), { left: 100, top: 0, side: 200 });
});

test("a square never leaves the picture, however far it is moved", () => {
  for (const by of [{ right: 9 }, { right: -9 }, { down: 9 }, { down: -9 }]) {
    const { left, top, side } = squareOf(WIDE, moved(WIDE, { ...MIDDLE, zoom: 2 }, by));
    assert.ok(left >= 0 && top >= 0 && left + side <= 400 && top + side <= 200);
  }
});

test("a picture that is moved to the right shows more of its left", () => {
  assert.equal(squareOf(WIDE, moved(WIDE, MIDDLE, { right: 0.25 })).left, 50);
});

test("what was moved against an edge comes back at the first step", () => {
  const atEdge = moved(WIDE, MIDDLE, { right: 9 });
  assert.equal(squareOf(WIDE, moved(WIDE, atEdge, { right: -0.25 })).left, 50);
});

test("zoom is bounded, and a smaller zoom at an edge stays inside", () => {
  assert.equal(moved(WIDE, MIDDLE, { zoom: 99 }).zoom, LARGEST_ZOOM);
  assert.equal(moved(WIDE, MIDDLE, { zoom: 0 }).zoom, 1);
  const corner = moved(WIDE, { x: 0, y: 0, zoom: 4 }, {});
  assert.deepEqual(squareOf(WIDE, moved(WIDE, corner, { zoom: 1 })), { left: 0, top: 0, side: 200 });
});
