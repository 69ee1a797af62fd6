/** The OpenAPI 3.1 document, made of the table of routes and the schemas that requests are checked by. */
import { z } from "zod";
import type { Answer, RouteInfo } from "./route.js";
import {
  acceptedSchema,
  controlSchema,
  historySchema,
  jobSchema,
  linksSchema,
  pageSchema,
  problemSchema,
  statusSchema,
} from "./schemas.js";

type Json = Record<string, unknown>;

const NAMED: Readonly<Record<string, z.ZodType>> = {
  Status: statusSchema,
  Job: jobSchema,
  Links: linksSchema,
  Page: pageSchema,
  History: historySchema,
  Control: controlSchema,
  Accepted: acceptedSchema,
  Problem: problemSchema,
};

/** @param basePath  where the API is mounted */
export function openApiDocument(routes: readonly RouteInfo[], basePath: string): Json {
  const registry = z.registry<{ id: string }>();
  const ids = new Map<z.ZodType, string>();
  const add = (id: string, schema: z.ZodType): void => {
    if (ids.has(schema)) return;
    registry.add(schema, { id });
    ids.set(schema, id);
  };
  for (const [id, schema] of Object.entries(NAMED)) add(id, schema);
  for (const route of routes) {
    const name = route.name[0]!.toUpperCase() + route.name.slice(1);
    if (route.body !== undefined) add(`${name}Body`, route.body);
    for (const { schema } of Object.values(route.answers)) if (schema !== undefined) add(`${name}Answer`, schema);
  }
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, io: "input", unrepresentable: "any" });
  const ref = (schema: z.ZodType): Json => ({ $ref: uri(ids.get(schema)!) });

  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = basePath + route.path.replace(":id", "{id}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, ref) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Waymark job status API", version: "1.0.0" },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema as Json)])),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A read token, or whatever the app's sign-in takes" },
        signature: { type: "apiKey", in: "header", name: "webhook-signature", description: "Standard Webhooks" },
      },
    },
  };
}

function operation(route: RouteInfo, ref: (schema: z.ZodType) => Json): Json {
  const { name, summary, access, body, answers } = route;
  const security = access === "public" ? [] : [{ [access === "service" ? "signature" : "bearer"]: [] }];
  const described = Object.entries(answers).map(([status, answer]) => [status, response(answer, ref)]);
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return {
    operationId: name,
    summary,
    tags: [access],
    security,
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { "application/json": { schema: ref(body) } },
          },
        }),
    responses: { ...Object.fromEntries(described), default: { description: "A problem (RFC 9457)", content } },
  };
}

function response(
  { description, schema, contentType = "application/json" }: Answer,
  ref: (schema: z.ZodType) => Json,
): Json {
  if (schema !== undefined) return { description, content: { [contentType]: { schema: ref(schema) } } };
  return contentType === "application/json"
    ? { description }
    : { description, content: { [contentType]: { schema: { type: "string" } } } };
}

function pathParameters({ path }: RouteInfo): Json[] {
  return path.includes(":id") ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }] : [];
}

function queryParameters({ query }: RouteInfo): Json[] {
  if (query === undefined) return [];
  const schema = z.toJSONSchema(query, { io: "input", unrepresentable: "any" }) as Json;
  const required = (schema["required"] ?? []) as string[];
  return Object.entries((schema["properties"] ?? {}) as Record<string, Json>).map(([name, one]) => {
    const { description, ...rest } = one;
    return {
      name,
      in: "query",
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: Object.keys(rest).length === 0 ? { type: "string" } : rest,
    };
  });
}

/** Without what names a schema where it stands alone. */
function plain({ $schema: _schema, $id: _id, id: _name, ...schema }: Json): Json {
  return schema;
}
