// Threads as a lazy part of the page: the pane of one thread, the list of followed ones, and their
// updates.

import { logger } from "../core/logger.js";
import { Threads } from "../core/threads.js";
import { context } from "./context.js";
import "./thread-list.js";
import "./thread-pane.js";

const { session } = context;
session.threads = new Threads(session);
session.threads.loadList().catch((error) => {
  logger.failure("Loading threads", error);
  session.threads?.reloadSoon();
});
