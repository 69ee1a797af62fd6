/** The script of every page: each page says what it is, and the part for it is started. */
import "waymark/styles.css";
import "./app.css";
import { jobList } from "./job-list.js";
import { jobPage } from "./job-page.js";
import { startPage } from "./start-page.js";
import { storyPage } from "./story-page.js";

const main = document.getElementById("main");
switch (main?.dataset["page"]) {
  case "start":
    startPage();
    jobList(document.getElementById("jobs")!);
    break;
  case "job":
    jobPage(main.dataset);
    break;
  case "story":
    storyPage();
    break;
  default:
}
