/** Starts a job and goes to its page at once: the answer comes before the work begins. */

export interface Begun {
  readonly jobId: string;
}

/** @returns never when it worked: the page is left. Otherwise a sentence for the person. */
export async function begin(path: string, body?: Blob): Promise<string> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": body ? "application/octet-stream" : "application/json" },
      body: body ?? "{}",
    });
    const answer = (await response.json()) as Partial<Begun> & { readonly message?: string };
    if (response.ok && answer.jobId !== undefined) {
      location.assign(`/jobs/${encodeURIComponent(answer.jobId)}`);
      return "";
    }
    if (response.status === 401) {
      location.assign("/sign-in");
      return "";
    }
    return answer.message ?? "That did not work. Try again in a moment.";
  } catch {
    return "The server did not answer. Check that it runs, then try again.";
  }
}
