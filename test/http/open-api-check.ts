/** What an OpenAPI 3.1 document must be, as far as ours uses the specification (sections 4.8 and JSON Schema 2020-12). */
import { z } from "zod";

const TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];
const content = z.record(z.string().regex(/^[\w.+-]+\/[\w.+-]+/), z.strictObject({ schema: z.unknown() }));
const operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string().min(1),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      in: z.enum(["path", "query"]),
      required: z.boolean(),
      description: z.string().optional(),
      schema: z.unknown(),
    }),
  ),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^(\d{3}|default)$/),
    z.strictObject({ description: z.string().min(1), content: content.optional() }),
  ),
});
const document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith("/"),
    z.strictObject({ get: operation.optional(), post: operation.optional(), delete: operation.optional() }),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), z.unknown()),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(["http", "apiKey"]) })),
  }),
});

/**
 * @returns "METHOD path operationId" of every operation, sorted
 * @throws {Error} that says what is not valid
 */
export function checkOpenApi(given: unknown): string[] {
  const { paths, components } = document.parse(given);
  checkSchemas(given, components.schemas);
  const found: string[] = [];
  for (const [path, methods] of Object.entries(paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, one] of Object.entries(methods)) {
      if (one === undefined) continue;
      const declared = one.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      if (inPath.join() !== declared.join()) throw new Error(`${path} declares other parameters than ${inPath.join()}`);
      for (const requirement of one.security.flatMap((each) => Object.keys(each))) {
        if (!(requirement in components.securitySchemes)) throw new Error(`${requirement} is no security scheme`);
      }
      found.push(`${method.toUpperCase()} ${path} ${one.operationId}`);
    }
  }
  const ids = found.map((each) => each.split(" ")[2]);
  if (new Set(ids).size !== ids.length) throw new Error("an operationId stands twice");
  return found.sort();
}

/** Every `$ref` leads to a named schema, and every `type` is one. */
function checkSchemas(value: unknown, schemas: Record<string, unknown>, isSchema = false): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "$ref") {
      const name = /^#\/components\/schemas\/([\w.-]+)$/.exec(String(inner))?.[1];
      if (name === undefined || !(name in schemas)) throw new Error(`${String(inner)} leads nowhere`);
    }
    if (isSchema && key === "type" && typeof inner === "string" && !TYPES.includes(inner)) {
      throw new Error(`${inner} is no type of JSON Schema`);
    }
    const named = ["properties", "$defs", "schemas"].includes(key) && typeof inner === "object" && inner !== null;
    if (named) for (const one of Object.values(inner)) checkSchemas(one, schemas, true);
    else checkSchemas(inner, schemas, isSchema || key === "schema");
  }
}
