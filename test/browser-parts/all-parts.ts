/** Imported for its effect: the later parts are here from the start, as on a page that has stood for a second. */
import "../../src/react/server.js";
