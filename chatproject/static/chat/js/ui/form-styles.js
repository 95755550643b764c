// The styles of forms, switches and rows of people, which the details and the dialogs have in common.

const styles = new CSSStyleSheet();
styles.replaceSync(`@layer chat {
  .details-section { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-2); padding-block: var(--space-4); border-block-start: 1px solid var(--line); }
  chat-newcomer { display: block; padding-inline: var(--space-4); text-align: start; }
  :is(.details-section h3, chat-newcomer h2) { color: var(--muted); font-size: var(--text-s); font-weight: var(--medium); }
  .details-title { display: flex; align-items: center; justify-content: space-between; }
  .details-form, .stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--space-3); }
  :is(.details-form, .stack) > :is(label, .labelled) { display: grid; gap: var(--space-1); font-size: var(--text-m); font-weight: var(--medium); }
  .details-form { padding-block: var(--space-4); }
  .form-buttons { display: flex; justify-content: end; gap: var(--space-2); }
  .switch-row { display: flex; align-items: center; gap: var(--space-1) var(--space-3); min-block-size: var(--target); font-size: var(--text-m); }
  .switch-row > span { flex: 1; }
  .switch-row > .icon { color: var(--muted); }
  .switch-row input { appearance: none; flex: none; inline-size: 2.5rem; block-size: 1.5rem; margin: 0; padding: 3px; border-radius: var(--radius-full); background: var(--line-strong); cursor: pointer; transition: background-color var(--fast) var(--ease); }
  .switch-row input::before { content: ""; display: block; inline-size: 1.125rem; block-size: 1.125rem; border-radius: 50%; background: #fff; transition: translate var(--fast) var(--ease); }
  .switch-row input:checked { background: var(--accent-fill); }
  .switch-row input:checked::before { translate: 1rem; }
  [dir="rtl"] .switch-row input:checked::before { translate: -1rem; }
  .switch-row input:focus-visible { border-radius: var(--radius-full); }
  .switch-row:has(.field) { flex-wrap: wrap; }
  .switch-row .field { flex: 1 1 auto; inline-size: auto; max-inline-size: 100%; }
  .switch-row:has(.field) > span { flex: 1 1 auto; }
  .details-list { display: grid; }
  .person-row { display: flex; align-items: center; gap: var(--space-3); inline-size: 100%; min-block-size: 3rem; padding: var(--space-1) var(--space-2); border: 0; border-radius: var(--radius-m); background: none; font-size: var(--text-m); text-align: start; }
  button.person-row { cursor: pointer; }
  button.person-row:hover { background: var(--hover); }
  .person-row > span:not(.avatar) { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .person-row small { color: var(--muted); font-size: var(--text-s); }
  .person-row time { color: var(--muted); font-size: var(--text-s); }
}`);
document.adoptedStyleSheets.push(styles);
