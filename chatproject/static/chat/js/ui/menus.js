// The menus, as a lazy part of the page.

export { openConversationMenu } from "./conversation-menu.js";
export { goToOrigin } from "./forward.js";
export { openMessageMenu } from "./message-menu.js";
export { openProfileMenu } from "./profile-menu.js";
