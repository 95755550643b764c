// Forwarding: where a forwarded message came from, and sending one on.

import { svg } from "../../vendor/lit.js";
import { t } from "../core/i18n.js";
import { attempt, context, emit, toast } from "./context.js";
import { addIcons } from "./icons.js";

addIcons({ forward: svg`<path d="M14.500 6 20 11.500 14.500 17M19.500 11.500H10a6 6 0 0 0-6 6v1"/>` });

/** @param {Chat.Message} message that was forwarded */
export async function goToOrigin(message) {
  const origin = await attempt(() => context.session.rest.get(["conversations", message.conversationId, "messages", message.seq, "origin"]));
  if (origin) emit("go", { id: origin.conversationId, seq: origin.seq });
}

/**
 * Sends a message on; says where it could not be sent. Gives whether it was sent to all.
 *
 * @param {Chat.Message} message
 * @param {{conversationIds: string[], clientId: string}} to
 * @returns {Promise<{conversationId: string, refusal: {code: string, detail: string} | null}[]>}
 */
export async function forwardTo(message, to) {
  const { results } = await context.session.rest.post(["conversations", message.conversationId, "messages", message.seq, "forward"], to);
  for (const each of results) if (each.message) context.session.timelines.putMessage(each.message);
  const refused = results.filter((/** @type {any} */ each) => each.refusal);
  if (!refused.length) toast(t("Forwarded"));
  return refused;
}
