import type { Env, Release, Resources, Tenant } from '../tenants/tenant.ts'
import { instanceSpec } from './container-spec.ts'
import type { InstanceSpec, TemplateValues } from './container-spec.ts'

/**
 * What makes the container of an instance again, beside its release, which does not change: the tenant's share of its spec as it was.
 * Values of `env` are as they were given, templates unfilled, so that no password is kept.
 */
export interface InstanceRecipe {
  env: Env
  resources: Partial<Resources>
  restarts: number
  runtime: string
}

export function recipeOf ({ env, resources, restarts }: Pick<Tenant, 'env' | 'resources' | 'restarts'>, runtime: string): InstanceRecipe {
  return { env, resources, restarts, runtime }
}

/** The spec by a recipe. An instance that is older than recipes gets what its tenant has now, which is nearest to it. */
export function specByRecipe (release: Release, recipe: InstanceRecipe | null, tenant: Tenant, values: TemplateValues, runtime: string): InstanceSpec {
  const made = recipe ?? recipeOf(tenant, runtime)
  return instanceSpec(release, made, values, made.runtime)
}
