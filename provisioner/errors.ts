/**
 * Every error that the API answers with: its stable code, HTTP status and title (RFC 9457 `title`; `detail` is the
 * message of the one occurrence).
 */
export const PROBLEMS = {
  unauthorized: [401, 'A valid token is needed'],
  forbidden_scope: [403, 'The scope of the token does not allow this'],
  csrf_failed: [403, 'The request did not come from a page of the console'],
  too_many_attempts: [429, 'Too many attempts to sign in'],
  forbidden_tenants: [403, 'The token is limited to some tenants'],
  bad_request: [400, 'The request cannot be read'],
  invalid_cursor: [400, 'The cursor is not one of this list'],
  invalid_wait: [400, 'wait is a whole number of seconds from 0 to 120'],
  validation_failed: [422, 'The request has values that are not allowed'],
  invalid_host: [422, 'The hostname is not valid'],
  reserved_host: [422, 'The hostname belongs to the installation or to another slug'],
  permanent_domain: [422, 'The domain of a tenant\'s own slug cannot be removed'],
  primary_domain: [422, 'The primary domain cannot be removed'],
  unknown_release: [422, 'There is no release of that version'],
  no_release: [409, 'There is no release yet'],
  slug_taken: [409, 'The slug is in use'],
  slug_being_freed: [409, 'The slug is being freed; try again in a moment'],
  domain_taken: [409, 'The domain is in use'],
  domain_being_freed: [409, 'The domain is being freed; try again in a moment'],
  nothing_to_roll_back: [409, 'The tenant was healthy with no other release'],
  rollout_overlaps: [409, 'Tenants of it are in another rollout that has not ended'],
  rollout_ended: [409, 'The rollout has ended'],
  rollout_not_paused: [409, 'The rollout has to be paused for this'],
  unknown_tenants: [422, 'There are no such tenants'],
  release_verifying: [409, 'The release is still being proven'],
  release_rejected: [422, 'The release was proven to be unusable'],
  release_not_verifying: [409, 'The release is not being proven'],
  release_exists: [409, 'The release exists and is not changed'],
  tenant_deleting: [409, 'The tenant is being deleted'],
  tenant_suspended: [409, 'The tenant is suspended'],
  idempotency_key_reused: [422, 'The Idempotency-Key was used for another request'],
  idempotency_in_progress: [409, 'A request with this Idempotency-Key is under way'],
  not_found: [404, 'There is nothing under this address'],
  tenant_not_found: [404, 'There is no such tenant'],
  domain_not_found: [404, 'The tenant has no such domain'],
  rollout_not_found: [404, 'There is no such rollout'],
  token_not_found: [404, 'There is no such token'],
  release_not_found: [404, 'There is no such release'],
  precondition_failed: [412, 'Somebody else changed it meanwhile'],
  webhook_not_found: [404, 'There is no such webhook'],
  delivery_not_found: [404, 'The webhook has no such delivery'],
  invalid_webhook_url: [422, 'The URL is not one that a webhook can have'],
  webhook_target_forbidden: [422, 'The URL leads to where webhooks must not go'],
  webhook_disabled: [409, 'The webhook is disabled'],
  too_many_webhooks: [409, 'There are as many webhooks as there may be'],
  not_acceptable: [406, 'The resource has no such form'],
  method_not_allowed: [405, 'The resource does not take this method'],
  payload_too_large: [413, 'The request body is too large'],
  unsupported_media_type: [415, 'The body must be application/json'],
  no_instance: [409, 'The tenant has no instance now'],
  unavailable: [503, 'A part that is needed cannot be reached now'],
  internal: [500, 'An unexpected error']
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof PROBLEMS

/** One thing that is wrong in a request: a JSON pointer to it, and what to do. */
export interface InvalidParam { pointer: string, detail: string }

/** An error that the caller can act on. */
export class Problem extends Error {
  override name = 'Problem'
  readonly code: ProblemCode
  readonly invalidParams: InvalidParam[]

  constructor (code: ProblemCode, detail: string, options: ErrorOptions & { invalidParams?: InvalidParam[] } = {}) {
    super(detail, options)
    this.code = code
    this.invalidParams = options.invalidParams ?? []
  }

  get status (): number { return PROBLEMS[this.code][0] }
  get title (): string { return PROBLEMS[this.code][1] }
}
