import assert from "node:assert/strict";
import { test } from "node:test";
import { formatted } from "../../chatproject/static/chat/js/core/formatting.js";
import { reminderTime } from "../../chatproject/static/chat/js/core/reminder-times.js";
import { markdownOf } from "../../chatproject/static/chat/js/core/rich-text.js";
import { isInFence, isInList } from "../../chatproject/static/chat/js/ui/composer-keys.js";
import { IS_RICH } from "../../chatproject/static/chat/js/ui/composer-pasting.js";
import { COMMAND } from "../../chatproject/static/chat/js/ui/composer-sending.js";

// | stands for the ends of the selection.
function at(name, marked) {
  const start = marked.indexOf("|");
  const end = marked.lastIndexOf("|") - (marked.lastIndexOf("|") > start ? 1 : 0);
  const { text, start: from, end: to } = formatted(name, marked.replaceAll("|", ""), start, end);
  return from === to ? `${text.slice(0, from)}|${text.slice(from)}` : `${text.slice(0, from)}|${text.slice(from, to)}|${text.slice(to)}`;
}

test("signs go around the selection, and off again", () => {
  assert.equal(at("bold", "one |two| three"), "one **|two|** three");
  assert.equal(at("bold", "one **|two|** three"), "one |two| three");
  assert.equal(at("italic", "|one |two"), "_|one|_ two");
  assert.equal(at("code", "x|"), "x`|`");
  assert.equal(at("link", "|here|"), "[here](|https://|)");
});

test("code, lists and quotations take whole lines", () => {
  assert.equal(at("fence", "run |this|"), "run \n```\n|this|\n```");
  assert.equal(at("bullets", "|a\nb|"), "- a\n- b|");
  assert.equal(at("numbers", "|a\nb|"), "1. a\n2. b|");
  assert.equal(at("quote", "so\nit |is"), "so\n> it |is");
});

test("a list goes on with the next line, and ends with an empty item", () => {
  assert.equal(at("newline", "- one|"), "- one\n- |");
  assert.equal(at("newline", "9. nine|"), "9. nine\n10. |");
  assert.equal(at("newline", "  > so|"), "  > so\n  > |");
  assert.equal(at("newline", "- one\n- |"), "- one\n|");
  assert.equal(at("newline", "plain|"), "plain\n|");
});

test("where the cursor is: in a list, in code", () => {
  assert.ok(isInList("x\n1. y", 6));
  assert.ok(!isInList("- x\ny", 5));
  assert.ok(isInFence("```\ncode", 8));
  assert.ok(!isInFence("```\ncode\n```", 12));
});

test("commands are those that are known", () => {
  assert.deepEqual([..."/topic a b\nc".match(COMMAND)].slice(1), ["topic", "a b\nc"]);
  assert.equal("/mute".match(COMMAND)[1], "mute");
  for (const text of ["/etc/hosts", "/me waves", "/topics", "see /topic x"]) assert.equal(COMMAND.exec(text), null, text);
});

test("rich text becomes Markdown, and nothing in it runs", () => {
  assert.equal(markdownOf("<p>Hello <b>bold</b> and <i>slanted</i></p><p>second</p>"), "Hello **bold** and _slanted_\nsecond");
  assert.equal(markdownOf("<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul>"), "- one\n- two\n  1. deep");
  assert.equal(markdownOf('<a href="https://a.example/x?a=1&amp;b=2">here</a>'), "[here](https://a.example/x?a=1&b=2)");
  assert.equal(markdownOf('<a href="https://a.example/">https://a.example/</a>'), "https://a.example/");
  assert.equal(markdownOf('<a href="javascript:alert(1)">here</a>'), "here");
  assert.equal(markdownOf("<pre><code>a  b\n&lt;c&gt;</code></pre>"), "```\na  b\n<c>\n```");
  assert.equal(markdownOf("<h2>Title</h2><blockquote>said</blockquote>"), "**Title**\n> said");
  assert.equal(markdownOf("<style>b{}</style><script>x()</script><!-- no --><b>yes</b>"), "**yes**");
  assert.equal(markdownOf('<b style="font-weight:normal">plain <b>bold</b></b>'), "plain **bold**");
  assert.equal(markdownOf("<b>open"), "**open**");
  assert.equal(markdownOf("a<br>b &#x1f600; &unknown; <b> </b>"), "a\nb 😀 &unknown;");
});

test("only HTML that says more than its text counts as rich", () => {
  assert.ok(IS_RICH.test("<p><strong>x</strong></p>"));
  assert.ok(!IS_RICH.test("<table><tr><td><b>1</b></td></tr></table>"));
  assert.ok(!IS_RICH.test('<meta charset="utf-8"><div style="color:red"><span>x</span></div>'));
});

test("times of reminders as one types them", () => {
  const now = new Date(2026, 4, 6, 10, 30);
  const shown = (text) => reminderTime(text, now)?.toString();
  assert.equal(shown("20m"), new Date(2026, 4, 6, 10, 50).toString());
  assert.equal(shown("in 2 h"), new Date(2026, 4, 6, 12, 30).toString());
  assert.equal(shown("3d"), new Date(2026, 4, 9, 10, 30).toString());
  assert.equal(shown("11:00"), new Date(2026, 4, 6, 11).toString());
  assert.equal(shown("at 9:00"), new Date(2026, 4, 7, 9).toString());
  assert.equal(shown("tomorrow"), new Date(2026, 4, 7, 9).toString());
  for (const text of ["", "soon", "0m", "25:00"]) assert.equal(reminderTime(text, now), null, text);
});
