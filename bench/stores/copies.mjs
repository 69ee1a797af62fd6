/** The SQL that multiplies one job: every column as it is, except its id. */

/** Ids of copies lie in the year 2023, so that they sort before all jobs of the measurement. */
const HEAD = "018bcfe5-6800-7000-8000-";

/**
 * @param names  the columns of one table that has a `job_id`
 * @param makeId  SQL that makes the n-th id, 12 hexadecimal digits after the head
 */
export function copiesOf(names, makeId) {
  const quoted = names.map((name) => `"${name}"`);
  const values = quoted.map((name) => (name === '"job_id"' ? makeId(HEAD) : name));
  return { list: quoted.join(", "), values: values.join(", ") };
}
