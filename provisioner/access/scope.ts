/** What a token may do, each with all of those before it. `operate` deletes no tenant and hands out no tokens. */
export const SCOPES = ['read', 'operate', 'admin'] as const
export type Scope = typeof SCOPES[number]

/** Whether a token of the scope `has` may do what needs the scope `needed`. */
export function permits (has: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(has) >= SCOPES.indexOf(needed)
}
