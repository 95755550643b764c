// Time and sockets that a test moves by hand.

export class FakeTimers {
  constructor() {
    this.now = 0;
    this.next = 1;
    this.due = new Map();
    this.setTimeout = (action, pause) => {
      this.due.set(this.next, { action, at: this.now + pause });
      return this.next++;
    };
    this.clearTimeout = (id) => this.due.delete(id);
  }

  advance(by) {
    const end = this.now + by;
    for (;;) {
      const ripe = [...this.due].filter(([, each]) => each.at <= end);
      if (!ripe.length) break;
      const [id, { action, at }] = ripe.sort(([, one], [, other]) => one.at - other.at)[0];
      this.due.delete(id);
      this.now = at;
      action();
    }
    this.now = end;
  }
}

class FakeSocket {
  constructor() {
    this.readyState = 1;
    this.sent = [];
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  receive(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  hello({ heads = {}, heartbeatSeconds = 30 } = {}) {
    this.receive({ type: "hello", userId: "me", heads, heartbeatSeconds, limits: {} });
  }

  close(code = 1000, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

export class FakeSockets {
  constructor() {
    this.all = [];
    this.open = () => {
      const socket = new FakeSocket();
      this.all.push(socket);
      return socket;
    };
  }

  get last() {
    return this.all.at(-1);
  }
}

/** Lets everything that waits for nothing but its turn go on. */
export function settle() {
  return new Promise((resolve) => { setImmediate(resolve); });
}

export function message(seq, fields = {}) {
  return {
    id: `m${seq}`, conversationId: "c", seq, rev: seq, senderId: "bob", clientId: `k${seq}`, kind: "text",
    content: `text ${seq}`, meta: null, replyToSeq: null, threadSeq: null,
    createdAt: `2026-01-05T10:${String(seq % 60).padStart(2, "0")}:00Z`, editedAt: null, deletedAt: null,
    pinnedAt: null, pinnedById: null, reactions: [], attachments: [], ...fields,
  };
}

export function conversation(fields = {}) {
  return {
    id: "c", kind: "group", name: "Room", topic: "", role: "member", leftAt: null, headSeq: 0, rev: 0, memberRev: 0,
    memberCount: 2, unread: 0, unreadMentions: 0, mentioned: false, lastReadSeq: 0, lastDeliveredSeq: 0,
    mutedUntil: null, notify: "all", pinnedAt: null, archivedAt: null, unreadMark: false, peer: null,
    lastMessage: null, lastMessageAt: null, createdAt: "2026-01-01T00:00:00Z", ...fields,
  };
}

export function localStorage(items = {}) {
  const map = new Map(Object.entries(items));
  return { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => map.set(key, value), map };
}

/** Keeps the console quiet during a test; gives what was logged, by level. */
export function silenceConsole(context) {
  const lines = { info: [], warn: [], error: [] };
  for (const level of Object.keys(lines)) {
    context.mock.method(console, level, (...parts) => { lines[level].push(parts.map(String).join(" ")); });
  }
  return lines;
}
