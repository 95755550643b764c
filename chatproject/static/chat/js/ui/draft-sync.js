// Syncing drafts, as a lazy part of the page.

import { DraftSync } from "../core/draft-sync.js";
import { context } from "./context.js";
import { openLocalStorage } from "./local-storage.js";

const sync = new DraftSync(context.session, context.drafts, openLocalStorage(), { maxLength: context.limits.messageLength });
sync.start();
