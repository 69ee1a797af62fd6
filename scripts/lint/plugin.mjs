/** The house rules, as a plugin of oxlint. `test/house` proves that each of them can fail. */
import { clock } from "./clock.mjs";
import { environment } from "./environment.mjs";
import { layers } from "./layers.mjs";
import { lazyPackages } from "./lazy-packages.mjs";

export default {
  meta: { name: "waymark" },
  rules: { clock, environment, layers, "lazy-packages": lazyPackages },
};
