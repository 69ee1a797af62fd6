/** What stands where a job stopped on its trail. */
import { DISC, type EndSign } from "../trail.js";

export const STOP_SIGN: EndSign = ["M-3-7H3L7-3V3L3 7H-3L-7 3V-3Z", "M0-3.2V.6M0 3v.05"];
export const BARRED: EndSign = [DISC, "M-3 0H3"];
export const CROSSED: EndSign = [DISC, "M-2.6-2.6 2.6 2.6M2.6-2.6-2.6 2.6"];
