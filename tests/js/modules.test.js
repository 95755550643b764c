import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePath, pathOf, placeOf, threadPath } from "../../chatproject/static/chat/js/core/paths.js";
import { plural, t, setLanguage } from "../../chatproject/static/chat/js/core/i18n.js";

const ROOT = new URL("../../chatproject/static/chat/", import.meta.url).pathname;

function scripts(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true }).filter((name) => name.endsWith(".js")).map((name) => join(folder, name));
}

test("the vendored files are those that are named, unchanged", () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, "vendor/VENDORED.json"), "utf8"));
  for (const { file, sha256 } of files) {
    const found = createHash("sha256").update(readFileSync(join(ROOT, "vendor", file))).digest("hex");
    assert.equal(found, sha256, file);
  }
  const fonts = readdirSync(join(ROOT, "vendor"), { recursive: true }).filter((name) => name.endsWith(".woff2")).map((name) => join("vendor", name));
  assert.deepEqual(files.map(({ file }) => `vendor/${file}`).sort(), [...scripts("vendor"), ...fonts].sort());
});

test("each vendored package has its licence beside it", () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, "vendor/VENDORED.json"), "utf8"));
  for (const folder of new Set(files.map(({ file }) => file.split("/")).filter((parts) => parts.length > 1).map(([folder]) => folder))) {
    assert.ok(readdirSync(join(ROOT, "vendor", folder)).includes("LICENSE"), folder);
  }
});

test("the font is small enough not to be waited for", () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, "vendor/VENDORED.json"), "utf8"));
  const fonts = files.filter(({ file }) => file.endsWith(".woff2"));
  assert.equal(fonts.length, 1);
  assert.ok(readFileSync(join(ROOT, "vendor", fonts[0].file)).length < 60_000);
  const tokens = readFileSync(join(ROOT, "css/tokens.css"), "utf8");
  assert.ok(tokens.includes(`url("../vendor/${fonts[0].file}")`));
  assert.match(tokens, /font-display: swap/);
});

test("imports are relative, end in a semicolon, and go in no circle", () => {
  const imports = new Map();
  for (const file of [...scripts("js"), ...scripts("vendor")]) {
    const text = readFileSync(join(ROOT, file), "utf8");
    assert.ok(!text.includes("sourceMappingURL"), file);
    const found = [...text.matchAll(/(?:^|[;\n}])(?:import\s*(?:[\w*{}\s,$]+from\s*)?|export\s*[\w*{}\s,$]+from\s*)["']([^"']+)["'](;?)/g)];
    for (const [, name, end] of found) {
      assert.match(name, /^\.\.?\//, `${file}: ${name}`);
      assert.equal(end, ";", `${file}: ${name}`);
    }
    imports.set(join(ROOT, file), found.map(([, name]) => join(ROOT, file, "..", name)));
  }
  const done = new Set();
  const visit = (file, path) => {
    assert.ok(!path.includes(file), [...path, file].join(" → "));
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
});

test("the core knows no DOM", () => {
  for (const file of scripts("js/core")) {
    const text = readFileSync(join(ROOT, file), "utf8");
    assert.doesNotMatch(text, /\b(document|window)\.|\.\.\/ui\/|vendor\//, file);
  }
});

test("no style attribute and no raw HTML in a template", () => {
  for (const file of scripts("js/ui")) {
    const text = readFileSync(join(ROOT, file), "utf8");
    assert.doesNotMatch(text, /\sstyle=|innerHTML|insertAdjacentHTML|unsafeHTML|\bon[a-z]+=["']/, file);
  }
});

test("texts are translated and counted as the language does", () => {
  setLanguage("de", { "Hello {name}": "Hallo {name}", "{count} person": ["{count} Person", "{count} Personen"] });
  assert.equal(t("Hello {name}", { name: "Ann" }), "Hallo Ann");
  assert.equal(plural("{count} person", "{count} people", 1), "1 Person");
  assert.equal(plural("{count} person", "{count} people", 1200), "1.200 Personen");
  setLanguage("en", {});
  assert.equal(plural("{count} person", "{count} people", 2), "2 people");
  assert.equal(t("Bye {name}", {}), "Bye {name}");
});

test("addresses of conversations and messages", () => {
  const id = "01a1fd3b-a764-7514-ab57-40874d070685";
  const nowhere = { id: null, seq: null, root: null, isThreads: false };
  assert.deepEqual(parsePath(`/c/${id}/42`), { ...nowhere, id, seq: 42 });
  assert.deepEqual(parsePath(pathOf(id)), { ...nowhere, id });
  assert.deepEqual(parsePath(threadPath(id, 7)), { ...nowhere, id, root: 7 });
  assert.deepEqual(parsePath(threadPath(id, 7, 9)), { ...nowhere, id, root: 7, seq: 9 });
  assert.deepEqual(parsePath("/threads"), { ...nowhere, isThreads: true });
  assert.deepEqual(parsePath("/c/nonsense"), nowhere);
  const reply = { conversationId: id, seq: 9, threadSeq: 7, alsoToConversation: false };
  assert.equal(placeOf(reply), threadPath(id, 7, 9));
  assert.equal(placeOf({ ...reply, alsoToConversation: true }), pathOf(id, 9));
});
