// Types of the scripts, for `make lint` only: the shapes of the wire, of the store, and of what the
// modules hand to each other. In JSDoc they are `Chat.…`.

declare namespace Chat {
  // -- the modules' own types

  type ApiError = import("./core/errors.js").ApiError;
  type Connection = import("./core/socket.js").Connection;
  type EmojiIndex = import("./core/emoji.js").EmojiIndex;
  type LogScroller = import("./ui/log-scroller.js").LogScroller;
  type Rest = import("./core/rest.js").Rest;
  type Session = import("./core/session.js").Session;
  type Store = import("./core/store.js").Store;

  /** `setTimeout` and `clearTimeout`, which a test moves by hand. */
  interface Timers {
    setTimeout(action: () => void, pause: number): any;
    clearTimeout(id: any): void;
  }

  /** Sends a frame and gives its answer; rejects with ApiError. */
  type Request = (type: string, fields: Record<string, unknown>) => Promise<any>;

  /** The parts of a path below /v1/. */
  type Path = (string | number | null)[];
  type Query = Record<string, string | number | string[] | null | undefined>;
  type Fetch = (url: string, options: RequestInit) => Promise<Response>;
  type StoreListener = (topic: Topic, id?: string) => void;

  interface RecordStorage {
    all(): Promise<any[]>;
    put(record: any): Promise<unknown>;
    delete(key: string): Promise<unknown>;
  }

  /** The part of `localStorage` that is used. */
  interface KeyStorage {
    getItem(key: string): string | null;
    setItem(key: string, value: string): unknown;
  }

  type ConnectionState = "connecting" | "online" | "waiting" | "ended";

  interface ConnectionOptions {
    url: string;
    onHello: (frame: Frame) => void;
    onEvent: (frame: Frame) => void;
    onState?: (state: ConnectionState, ending: { code: string } | null) => void;
    open?: (url: string) => any;
    timers?: Timers;
    random?: () => number;
  }

  // -- the wire

  /** A frame of the socket; docs/asyncapi.yaml has the fields of each type. */
  interface Frame {
    type: string;
    [field: string]: any;
  }

  type Role = "owner" | "admin" | "member";

  interface Person {
    id: string;
    name: string;
    isBot?: boolean;
    isActive?: boolean;
    about?: string;
    /** Null: none. */
    avatarUrl?: string | null;
  }

  /** The profile of a person, as this person sees it. */
  interface Profile {
    person: Person & { about: string; status: { emoji: string; text: string } | null };
    contact: { nickname: string; number: string } | null;
    isBlocked: boolean;
    timeZone: string | null;
    presence: { userId: string; status: string; lastSeenAt: string | null };
    inCommon: { count: number; conversations: { id: string; kind: string; name: string; pictureUrl: string | null }[] };
  }

  /** Whoever is named: a person, or a participant. */
  interface Named {
    id?: string;
    userId?: string;
    name: string;
    isBot?: boolean;
    avatarUrl?: string | null;
  }

  interface EmojiItem {
    emoji: string;
    code: string;
    words: string;
  }

  interface Me extends Person {
    email?: string;
    timeZone?: string;
    doNotDisturb?: DoNotDisturb;
    status?: { emoji: string; text: string; until?: string | null } | null;
  }

  interface Participant {
    userId: string;
    name: string;
    role: Role;
    isBot?: boolean;
    joinedAt: string;
  }

  interface Invite {
    id: string;
    token: string;
    url: string;
    email: string | null;
    expiresAt: string | null;
    revokedAt: string | null;
    maxUses: number | null;
    uses: number;
    usedBy: { userId: string; name: string; at: string }[];
  }

  interface PersonPresence {
    userId: string;
    status: string;
    lastSeenAt?: string | null;
  }

  interface Reaction {
    emoji: string;
    count: number;
    userIds: string[];
  }

  interface Attachment {
    id: string;
    name: string;
    size: number;
    contentType: string;
    state: string;
    url: string;
    width: number | null;
    height: number | null;
    duration?: number | null;
    waveform?: number[] | null;
    thumbnails: { size: number; url: string }[];
  }

  type MessageKind = "text" | "image" | "file" | "system";

  /** A system message's event and its ids; which fields there are depends on the event. */
  interface Meta {
    event?: string;
    userId?: string;
    userIds?: string[];
    [field: string]: any;
  }

  /** One of the `buttons` in the `meta` of a bot's message. */
  interface MessageButton {
    id: string;
    label: string;
    style: "primary" | "danger" | null;
    url: string | null;
    confirm: { title: string; text: string; confirm: string; deny: string } | null;
  }

  interface PollChoice {
    text: string;
    count: number;
    /** The first voters; nobody in an anonymous poll. */
    userIds: string[];
  }

  interface Poll {
    choices: PollChoice[];
    several: boolean;
    anonymous: boolean;
    closesAt: string | null;
    closedAt: string | null;
    voterCount: number;
    /** What the person votes for, which events lack. */
    myChoices?: number[];
  }

  interface NewPoll {
    question: string;
    choices: string[];
    several: boolean;
    anonymous: boolean;
    clientId: string;
    closesAt?: string;
    threadSeq?: number;
  }

  /** What the replies to a root come to; and the person's own state, which events lack. */
  interface Thread {
    replyCount: number;
    lastReplyAt: string | null;
    participantIds: string[];
    following?: boolean;
    unread?: number;
    lastReadSeq?: number;
  }

  interface LinkPreview {
    id: string;
    url: string;
    title: string;
    description: string;
    siteName: string;
    picture: { url: string; width: number; height: number; placeholder: string | null } | null;
  }

  interface Message {
    id: string;
    conversationId: string;
    seq: number;
    rev: number;
    senderId: string | null;
    clientId: string | null;
    kind: string;
    content: string;
    meta: Meta | null;
    replyToSeq: number | null;
    /** The root of the thread that it is a reply in; there alone, unless also in the conversation. */
    threadSeq: number | null;
    alsoToConversation: boolean;
    /** Of a root: its replies. */
    thread: Thread | null;
    poll: Poll | null;
    /** What the pages that its links lead to say of themselves; they come after the message. */
    linkPreviews?: LinkPreview[];
    createdAt: string;
    editedAt: string | null;
    deletedAt: string | null;
    pinnedAt: string | null;
    pinnedById: string | null;
    reactions: Reaction[];
    attachments: Attachment[];
    /** What only the asker is told; events lack it and the store fills it in. */
    mine?: boolean;
    status?: string | null;
    myReactions?: string[];
  }

  /** A message as the store keeps it. */
  type OwnMessage = Message & { mine: boolean; status: string | null; myReactions: string[] };

  interface ConversationFields {
    id: string;
    kind: "direct" | "group" | "public" | "broadcast";
    topic: string;
    pictureUrl?: string | null;
    createdAt: string;
    memberCount: number | null;
    isLocked: boolean;
    headSeq: number;
    /** Messages up to this seq are cleared for this person. */
    clearedSeq?: number;
    rev: number;
    memberRev: number;
    lastMessageAt: string | null;
    lastMessage: Message | null;
    role: Role | null;
    leftAt: string | null;
    unread: number;
    unreadMentions: number;
    mentioned: boolean;
    lastReadSeq: number;
    lastDeliveredSeq: number;
    mutedUntil: string | null;
    notify: string;
    pinnedAt: string | null;
    archivedAt: string | null;
    unreadMark: boolean;
    stateRev?: number | null;
    joinedAt?: string | null;
    peer: { id: string; name: string; nickname?: string | null; isActive?: boolean; avatarUrl?: string | null; status?: { emoji: string; text: string } | null } | null;
    /** Of a search for public ones: whether the asker is a member. */
    joined?: boolean;
  }

  type WireConversation = ConversationFields & { name?: string };
  type Conversation = ConversationFields & { title?: string };

  /** The last message of a public conversation, in one line. */
  interface PublicPreview {
    seq: number;
    kind: string;
    text: string;
    senderName: string | null;
    createdAt: string;
  }

  /** A row of the directory. */
  type PublicConversation = Conversation & { joined: boolean; preview: PublicPreview | null };

  interface WirePage<Item> {
    results: Item[];
    next: string | null;
    people?: Person[];
  }

  interface MessagePage extends WirePage<Message> {
    previous: string | null;
    rev: number;
  }

  type LoadedPage = Pick<MessagePage, "results" | "previous" | "next" | "people">;

  /** The changes of one log since a rev. */
  interface Changes {
    results?: Message[];
    threads?: (Thread & { seq: number })[];
    throughRev: number;
    memberRev?: number;
    more?: boolean;
    reset?: boolean;
    gone?: boolean;
  }

  interface Receipt {
    userId: string;
    name: string;
    delivered: boolean;
    deliveredAt: string | null;
    read: boolean;
    readAt: string | null;
  }

  /** What the server puts into the page. */
  interface FirstView {
    me: Me;
    inbox: WirePage<WireConversation>;
    conversation: WireConversation | null;
    messages: MessagePage | null;
    madeAt?: string;
    avatars?: Record<string, string | null>;
    notFound: boolean;
    settings: Settings;
    limits: Limits;
    language: string;
    texts: Record<string, string | string[]>;
    csrfToken: string;
    urls: Record<string, string>;
  }

  /** The state as it was last seen. */
  interface KeptState {
    key: string;
    /** As new as a page that was made then, in milliseconds by the server's clock. */
    asOf: number;
    conversations: { id: string; rev: number | null; fields: Conversation }[];
    timelines: { id: string; messages: OwnMessage[]; hasOlder: boolean }[];
    people: Person[];
    avatars: [string, string | null][];
    hidden: string[];
  }

  interface Settings {
    theme?: string;
    notifications?: string;
    undoSeconds?: number;
    sound?: boolean;
    siteName?: string;
  }

  interface Limits {
    messageLength?: number;
    attachments?: number;
    attachmentBytes?: number;
  }

  // -- the store and the outbox

  type Topic = "inbox" | "timeline" | "people" | "members" | "connection" | "presence" | "typing" | "contacts" | "clock" | "threads" | "drafts";

  /** The loaded part of a log, in order of seq. */
  interface Timeline {
    messages: OwnMessage[];
    hasOlder: boolean;
    hasNewer: boolean;
  }

  interface OutboxEntry {
    key: string;
    clientId: string;
    conversationId: string;
    content: string;
    replyToSeq: number | null;
    threadSeq: number | null;
    alsoToConversation: boolean;
    attachments: Attachment[];
    order: number;
    createdAt: string;
    /** Until when it can be taken back, in milliseconds; 0 or absent: not. */
    heldUntil?: number;
    state: "queued" | "failed";
    error: { code: string; detail?: string; errors?: FieldError[] } | null;
    /** Whether it is in the storage, so that it may be sent. */
    isKept?: boolean;
  }

  /** What a message is sent with. */
  interface NewMessage {
    content: string;
    /** For how long it can be taken back. */
    heldMs?: number;
    replyToSeq?: number | null;
    threadSeq?: number | null;
    alsoToConversation?: boolean;
    attachments?: Attachment[];
  }

  /** When this person's devices show no notifications. */
  interface DoNotDisturb {
    quietHours: { from: string; until: string } | null;
    until: string | null;
  }

  interface Folder {
    id: string;
    name: string;
    conversationIds: string[];
  }

  /** A part of the inbox under a heading of its own. */
  interface InboxSection {
    kind: "favourites" | "folder" | "rest";
    folder: Folder | null;
    conversations: Conversation[];
  }

  /** A message that one wants to come back to. */
  interface SavedMessage {
    id: string;
    conversationId: string;
    seq: number;
    savedAt: string;
    remindAt: string | null;
    remindedAt: string | null;
    doneAt: string | null;
    message: Message | null;
  }

  /** A scheduled message. */
  interface ScheduledMessage {
    id: string;
    conversationId: string;
    content: string;
    replyToSeq: number | null;
    threadSeq: number | null;
    alsoToConversation: boolean;
    attachments: Attachment[];
    sendAt: string;
    state: "waiting" | "sending" | "refused";
    refusal: { code: string; detail: string } | null;
  }

  interface FieldError {
    detail?: string;
    [field: string]: unknown;
  }

  interface Draft {
    content: string;
    replyToSeq?: number | null;
  }

  type UploadState = "waiting" | "uploading" | "done" | "failed";

  interface UploadItem {
    key: string;
    file: File;
    name: string;
    size: number;
    fields: Record<string, unknown>;
    progress: number;
    attachment: Attachment | null;
    state: UploadState;
    error: any;
    cancel?: () => void;
  }

  type Upload = (
    file: File,
    fields: Record<string, unknown>,
    onProgress: (share: number) => void,
  ) => { done: Promise<Attachment>; cancel: () => void };

  // -- the search

  type SearchKind = "messages" | "conversations" | "people" | "files";

  interface SearchFilter {
    name: string;
    value: string;
    isNegated: boolean;
    /** What the chip shows: a name instead of an id. */
    label: string;
  }

  interface SearchQuery {
    text: string;
    filters: SearchFilter[];
  }

  /** A filter as the server has read it; `text` as it was typed, null where it was a parameter. */
  interface UnderstoodFilter {
    name: string;
    value: string;
    negated: boolean;
    text: string | null;
  }

  interface SearchPart {
    results: any[];
    filters: UnderstoodFilter[];
    next: string | null;
    error: any;
  }

  interface FoundConversation {
    id: string;
    kind: "direct" | "group" | "public" | "broadcast";
    title: string;
  }

  interface MessageHit {
    message: OwnMessage;
    conversation: FoundConversation;
    highlights: number[][];
    neighbours?: { before: Message[]; after: Message[] };
  }

  interface FileHit {
    seq: number;
    position: number;
    senderId: string | null;
    createdAt: string;
    attachment: Attachment;
    conversation: FoundConversation;
    highlights: number[][];
  }

  interface TextPiece {
    text: string;
    isHit: boolean;
  }

  /** `name` null: a word that may become a filter's name. */
  interface FilterCompletion {
    name: string | null;
    query: string;
    isNegated: boolean;
    start: number;
    end: number;
  }

  /** Choosing one runs it, or puts a chip or a text in the place of what was typed. */
  interface SearchSuggestion {
    key: string;
    label: string;
    icon?: string;
    userId?: string;
    hint?: string;
    filter?: SearchFilter;
    insert?: string;
    recent?: SearchQuery;
    run?: () => void;
  }

  // -- the page

  interface Context {
    session: Session;
    store: Store;
    typing: import("./core/typing.js").Typing;
    presence: import("./core/presence.js").Presence;
    drafts: import("./core/drafts.js").Drafts;
    recentEmoji: import("./core/emoji.js").RecentEmoji;
    /** URLs of the server's own emoji, by name, once they are loaded. */
    ownEmoji?: Map<string, string>;
    urls: Record<string, string>;
    limits: Limits;
    settings: Settings;
    csrfToken: string;
    notFound: boolean;
  }

  /** What the parts of the composer (ui/composer-*.js) need of its element, which imports them. */
  interface Composer extends ReactiveHost {
    /** The place that is written in: the conversation, or the thread under `threadSeq`. */
    readonly key: string;
    readonly conversationId: string;
    readonly threadSeq: number | null;
    readonly reply: Message | null;
    readonly editing: Message | null;
    readonly isReplyGone: boolean;
    readonly limit: number;
    readonly text: string;
    readonly composed: ComposerText;
    refusal: string;
    readonly field: HTMLTextAreaElement | null;
    readonly completions: { close(): void } | null;
    readonly files: { readonly isBusy: boolean; readonly hasFailed: boolean; readonly ready: Attachment[] };
    readonly drafts: { restore(key: string, draft: { content: string; replyToSeq: number | null }): void };
    content(): string;
    setContent(content: string): void;
    setText(composed: ComposerText): void;
    clear(): void;
    focus(): void;
    tell(type: string, detail?: any): void;
    inner(selector: string): any;
    attempt<Result>(action: () => Promise<Result> | Result): Promise<Result | undefined>;
  }

  /** What a reactive controller needs of its element. */
  interface ReactiveHost {
    requestUpdate(): void;
  }

  type FieldEvent = Event & { target: HTMLInputElement };
  type FormEvent = SubmitEvent & { target: HTMLFormElement };

  /** A message in the outbox, in the shape of a message. */
  interface PendingMessage extends Omit<OutboxEntry, "key"> {
    id: string;
    seq: null;
    senderId: string;
    mine: true;
    kind: "text";
    meta: null;
    poll: null;
    reactions: Reaction[];
    myReactions: string[];
    status: string;
    isPending: true;
    editedAt: null;
    deletedAt: null;
    pinnedAt: null;
  }

  type ShownMessage = (OwnMessage & { isPending?: undefined; error?: undefined }) | PendingMessage;

  type DayRow = { kind: "day"; key: string; at: string };
  type NewRow = { kind: "new"; key: string };
  type SystemRow = { kind: "system"; key: string; message: ShownMessage };
  type MessageRow = { kind: "message"; key: string; message: ShownMessage; isFirst: boolean; isLast: boolean; repeatsReply?: boolean };
  type Row = DayRow | NewRow | SystemRow | MessageRow;

  interface TextRange {
    start: number;
    end: number;
  }

  /** A person who is named in a text: where, in UTF-16 units. */
  interface TextMention extends TextRange {
    userId: string;
  }

  interface ComposerText {
    text: string;
    mentions: readonly TextMention[];
  }

  interface Completion {
    kind: "mention" | "emoji" | "command";
    query: string;
    start: number;
    end: number;
  }

  interface CompletionOption {
    key: string;
    label: string;
    insert: string;
    userId?: string;
    emoji?: string;
    hint?: string;
  }

  type MenuItem = {
    icon?: string;
    label: string;
    hint?: string;
    isDanger?: boolean;
    isOn?: boolean;
    run?: () => unknown;
    href?: string;
  } | null;

  /** The conversation and the message that the page's address names. */
  interface Route {
    id: string | null;
    seq: number | null;
    /** The root of the thread that is open. */
    root: number | null;
    /** Whether the list of followed threads is open. */
    isThreads: boolean;
  }

  interface Menu {
    anchor?: any;
    point?: { x: number; y: number };
    label: string;
    items: MenuItem[];
    head?: unknown;
  }

  /** A part of a message's text; see core/markdown.js. */
  interface Node {
    type: string;
    [field: string]: any;
  }
}

/** The page's own events, by which parts ask the app for something; see ui/context.js. */
interface DocumentEventMap {
  "chat:go": CustomEvent<any>;
  "chat:details": CustomEvent<any>;
  "chat:dialog": CustomEvent<any>;
  "chat:open-part": CustomEvent<[part: string, name: string, ...given: any[]]>;
  "chat:dialog-done": CustomEvent<any>;
  "chat:emoji": CustomEvent<any>;
  "chat:menu": CustomEvent<any>;
  "chat:search": CustomEvent<any>;
  "chat:search-closed": CustomEvent<any>;
  "chat:toast": CustomEvent<any>;
}
