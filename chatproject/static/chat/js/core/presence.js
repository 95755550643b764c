// Who is there, of those whom one sees on the page; and whether one is there oneself.

const MAX_WATCHED = 200;

export class Presence {
  /** `request(type, fields)` gives the answer to a frame; `onChange()` when somebody comes or goes. */
  constructor({ request, onChange }) {
    this.request = request;
    this.onChange = onChange;
    this.status = new Map(); // user id → online, away or offline
    this.watched = "";
    this.isAway = false;
  }

  isOnline(userId) {
    return this.status.get(userId) === "online";
  }

  isAwayFrom(userId) {
    return this.status.get(userId) === "away";
  }

  /** Watches these people from now on; the first ones count. */
  async watch(userIds) {
    const ids = [...new Set(userIds)].slice(0, MAX_WATCHED);
    const key = ids.join();
    if (key === this.watched) return;
    this.watched = key;
    try {
      const { people } = await this.request("presence.watch", { userIds: ids });
      if (this.watched === key) this.status = new Map(people.map((each) => [each.userId, each.status]));
      this.onChange();
    } catch {
      // Without it nobody has a dot; everything else works.
    }
  }

  changed({ people }) {
    for (const each of people) this.status.set(each.userId, each.status);
    this.onChange();
  }

  /** A new socket knows nothing of what was said to the one before. */
  again(userIds) {
    this.watched = "";
    if (this.isAway) this.#say();
    return this.watch(userIds);
  }

  setAway(isAway) {
    if (isAway === this.isAway) return;
    this.isAway = isAway;
    this.#say();
  }

  #say() {
    this.request("presence.set", { status: this.isAway ? "away" : "online" }).catch(() => {});
  }
}
