// Line icons, drawn for a box of 24.

import { html, svg } from "../../vendor/lit.js";

/** @type {Record<string, unknown>} */
const PATHS = {
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
  send: svg`<path d="M5 12 3.5 4.5 21 12 3.5 19.5 5 12Zm0 0h8"/>`,
  smile: svg`<circle cx="12" cy="12" r="8.5"/><path d="M8.5 14.2a4.4 4.4 0 0 0 7 0M9 9.6h.01M15 9.6h.01"/>`,
  react: svg`<path d="M20.3 10.2A8.5 8.5 0 1 1 13.6 3.6"/><path d="M8.5 14.2a4.4 4.4 0 0 0 7 0M9 9.6h.01M15 9.6h.01M19 2.5v6M16 5.5h6"/>`,
  reply: svg`<path d="M9.5 6 4 11.5 9.5 17M4.5 11.5H14a6 6 0 0 1 6 6v1"/>`,
  thread: svg`<path d="M4 5.5h16v10h-8l-4 3.500v-3.500H4ZM8 9.500h8M8 12.500h5"/>`,
  more: svg`<path d="M5.5 12h.01M12 12h.01M18.5 12h.01" stroke-width="2.6"/>`,
  edit: svg`<path d="m4.5 19.5.9-4L15.9 5a2.2 2.2 0 0 1 3.1 3.1L8.5 18.6l-4 .9ZM14 7l3 3"/>`,
  trash: svg`<path d="M5 7h14M10 4h4M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5"/>`,
  hide: svg`<path d="M4 4l16 16M10 6a9 9 0 0 1 2-.2c5 0 8.5 4.2 9.5 6.2a13 13 0 0 1-2.6 3.4M6.6 7.7A13.6 13.6 0 0 0 2.5 12c1 2 4.500 6.200 9.500 6.200a9 9 0 0 0 4-.9"/>`,
  pin: svg`<path d="m14.5 4 5.500 5.500-2.800.9-3.200 3.200-.6 4.200L6.200 10.600l4.200-.6 3.200-3.200.9-2.800ZM9.500 14.500 4.500 19.500"/>`,
  copy: svg`<rect x="8.500" y="8.500" width="11" height="11" rx="2"/><path d="M15.500 8.500v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.700 0l3.100-3.100a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0l-3.100 3.100a4 4 0 0 0 5.700 5.700l1.100-1.100"/>`,
  check: svg`<path d="m5 12.500 4.500 4.500L19 7.500"/>`,
  eye: svg`<path d="M2.500 12c1-2 4.500-6.200 9.500-6.200s8.500 4.200 9.500 6.200c-1 2-4.500 6.200-9.500 6.200S3.500 14 2.500 12Z"/><circle cx="12" cy="12" r="2.800"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  back: svg`<path d="M14.500 5.500 8 12l6.500 6.500"/>`,
  down: svg`<path d="M12 5v13.500M6 12.500l6 6 6-6"/>`,
  info: svg`<circle cx="12" cy="12" r="8.500"/><path d="M12 11v5M12 8h.01"/>`,
  people: svg`<circle cx="9" cy="8.500" r="3.200"/><path d="M3 19a6 6 0 0 1 12 0M15.500 5.600a3.200 3.200 0 0 1 0 5.800M17.500 14.200A6 6 0 0 1 21 19"/>`,
  person: svg`<circle cx="12" cy="8.500" r="3.500"/><path d="M5 19.500a7 7 0 0 1 14 0"/>`,
  hash: svg`<path d="M9.500 4 8 20M16 4l-1.500 16M4.500 9h16M3.500 15h16"/>`,
  horn: svg`<path d="M4 10v4h3l8 4.500v-13L7 10H4ZM18.500 9a4.200 4.200 0 0 1 0 6M8 14l1.500 5"/>`,
  bell: svg`<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15L6 16.500ZM10 20.500h4"/>`,
  mute: svg`<path d="M4 4l16 16M6 16.500V11c0-.8.200-1.600.500-2.300M9 5.800A6 6 0 0 1 18 11v3M4.500 18H18M10 20.500h4"/>`,
  calendar: svg`<rect x="4" y="5.500" width="16" height="14.500" rx="2.500"/><path d="M4 10h16M8.500 3.500v4M15.500 3.500v4"/>`,
  leave: svg`<path d="M13.500 4.500h-7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7M10 12h10.500M16.500 8l4 4-4 4"/>`,
  gear: svg`<circle cx="12" cy="12" r="3"/><path d="M12 3.500v2.500M12 18v2.500M3.500 12H6M18 12h2.500M6 6l1.800 1.800M16.200 16.200 18 18M18 6l-1.800 1.800M7.800 16.200 6 18"/>`,
  keyboard: svg`<rect x="3" y="6.500" width="18" height="11" rx="2"/><path d="M7 10h.01M10.500 10h.01M14 10h.01M17 10h.01M8 14h8"/>`,
  archive: svg`<path d="M4 8.500h16M5 8.500l.8 11h12.400l.8-11M4.500 5h15v3.500h-15V5ZM10 12.500h4"/>`,
  clip: svg`<path d="m20 11.500-8 8a5 5 0 0 1-7-7l8.500-8.500a3.400 3.400 0 0 1 4.800 4.800L10 17a1.700 1.700 0 0 1-2.400-2.400l7.400-7.400"/>`,
  file: svg`<path d="M13.500 3.500H7a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9l-5.500-5.500ZM13.500 3.500V9H19"/>`,
  mic: svg`<rect x="9" y="3.500" width="6" height="11" rx="3"/><path d="M5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3"/>`,
  retry: svg`<path d="M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.500M20 4.500v5h-5"/>`,
  offline: svg`<path d="M4 4l16 16M8.500 15.500a5 5 0 0 1 5.800-.9M5 12a10 10 0 0 1 4-2.400M13 9.100a10 10 0 0 1 6 2.900M2.500 8.500A14 14 0 0 1 7 5.900M11 5a14 14 0 0 1 10.500 3.500M12 19h.01"/>`,
  flag: svg`<path d="M6 21V4.500M6 5c4-2.500 7 2.500 12 0v9c-5 2.500-8-2.500-12 0"/>`,
  clock: svg`<circle cx="12" cy="12" r="8"/><path d="M12 7.500V12l3 2"/>`,
  warn: svg`<path d="M12 4 2.800 19.500h18.400L12 4ZM12 10v4.500M12 17h.01"/>`,
  chats: svg`<path d="M4 5.500h11a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H9l-4 3.500v-3.500H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM19.500 9.500a1.500 1.500 0 0 1 1.500 1.500v6a1 1 0 0 1-1 1h-1v2.500L15.500 18H12"/>`,
  shield: svg`<path d="M12 3.500 5 6v5.500c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6l-7-2.500Z"/>`,
};

/**
 * Adds the icons of a part that is loaded later.
 *
 * @param {Record<string, unknown>} paths
 */
export function addIcons(paths) {
  Object.assign(PATHS, paths);
}

/**
 * Decoration: a button with only an icon needs a name.
 *
 * @param {string} name
 */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}

const TICK = svg`<path d="m3 12.500 4.500 4.500L16 7.500"/>`;
const TICKS = svg`<path d="m1.500 12.500 4.500 4.500L14.500 7.500M11 16.500l.8.800L21 7.500"/>`;

/** @type {Record<string, unknown>} */
const TICK_SHAPES = { sent: TICK, delivered: TICKS, read: TICKS };

/**
 * The tick of an own message, with its meaning as the name.
 *
 * @param {string | null | undefined} status
 * @param {string} label
 */
export function tick(status, label) {
  const shape = TICK_SHAPES[status ?? ""] ?? PATHS.clock;
  return html`<svg class="icon tick tick-${status}" viewBox="0 0 24 24" role="img" aria-label=${label}>
    <title>${label}</title>${shape}
  </svg>`;
}
