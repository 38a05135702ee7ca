import { fileURLToPath } from 'node:url'
import { run } from '../../deploy/command.ts'
import type { Case } from './cases.ts'
import { SMALL_BODY } from './cases.ts'
import { parseReport } from './load/report.ts'
import type { Report } from './load/report.ts'
import { busyShare, coreTime, cpuSeconds, processTree, residentBytes, secondsOf, stolenShare, waitSeconds } from './processes.ts'
import type { RunningProxy } from './proxies/proxy.ts'

/** A proxy that was kept from its core for more than this share of the time was not measured as it is. */
export const DISTURBED = 0.1

/** Waiting times in which the host of a virtual machine kept a larger share of its cores for others are the host's. */
export const MOST_STOLEN = 0.005

/** One measurement of one proxy. */
export interface Sample {
  readonly requestsPerSecond: number
  /** User and system time of the proxy's processes for each request that was answered. */
  readonly cpuMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMiB: number
  /** Shares of the time that the cores of each side worked, for whomever. */
  readonly loadBusy: number
  readonly proxyBusy: number
  /** The share of the time that the proxy was ready to run and somebody else had its core. */
  readonly kept: number
  /** The share of the time that the host of a virtual machine kept its cores for others. */
  readonly stolen: number
}

export interface Generator {
  readonly wrk: { readonly file: string, readonly env: Readonly<Record<string, string>> }
  readonly seconds: number
  readonly loadCores: readonly number[]
  readonly proxyCores: readonly number[]
  readonly host: string
  readonly echoHost: string
  /** Requests a second that a share of 1 means. */
  readonly fullRate: number
}

const program = (name: string): string => fileURLToPath(new URL(`load/${name}`, import.meta.url))

/** Loads the proxy as the case says. Throws when anything but the right answer came back. */
export async function measure ({ port, pid }: Pick<RunningProxy, 'port' | 'pid'>, { load }: Case, generator: Generator): Promise<Sample> {
  const pids = processTree(pid)
  const all = [...generator.loadCores, ...generator.proxyCores]
  const before = { cpu: cpuSeconds(pids), wait: waitSeconds(pids), load: coreTime(generator.loadCores), proxy: coreTime(generator.proxyCores), all: coreTime(all) }
  const report = await generate(port, load, generator)
  const cpu = cpuSeconds(pids) - before.cpu
  const wait = waitSeconds(pids) - before.wait
  const proxy = coreTime(generator.proxyCores)
  const proxyBusy = busyShare(before.proxy, proxy)
  const coreSeconds = secondsOf(before.proxy, proxy)
  return {
    requestsPerSecond: report.requests / report.seconds,
    cpuMicros: cpu / report.requests * 1e6,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    rssMiB: residentBytes(pids) / 2 ** 20,
    loadBusy: busyShare(before.load, coreTime(generator.loadCores)),
    proxyBusy,
    // Its threads wait for each other too, which is nobody else's doing.
    kept: Math.max(0, Math.min(proxyBusy - cpu / coreSeconds, wait / coreSeconds)),
    stolen: stolenShare(before.all, coreTime(all))
  }
}

async function generate (port: number, load: Case['load'], { wrk, seconds, loadCores, host, echoHost, fullRate }: Generator): Promise<Report> {
  switch (load.kind) {
    case 'closed': {
      const threads = Math.min(loadCores.length, 2)
      const report = parseReport(await run(wrk.file, [
        '--threads', String(threads), '--connections', String(load.connections), '--duration', `${seconds}s`, '--timeout', '10s',
        '--header', `Host: ${host}`, ...(load.keepAlive ? [] : ['--header', 'Connection: close']), '--script', program('wrk-report.lua'), `http://127.0.0.1:${port}${load.path}`
      ], { env: wrk.env }))
      // It takes any 2xx and 3xx for an answer; the right one is at least as long as its body.
      if (report.bytes < report.requests * load.bodyBytes) throw new Error(`Answers are shorter than ${load.bodyBytes} B`)
      return report
    }
    case 'echo':
      return parseReport(await run(process.execPath, [program('echo-load.ts'), String(port), echoHost, String(load.connections), String(seconds)]))
    case 'rate': {
      const rate = fullRate * load.share
      const report = parseReport(await run(process.execPath, [program('rate-load.ts'), String(port), host, String(load.connections), String(seconds), String(rate)]))
      if (report.bytes < report.requests * SMALL_BODY.length) throw new Error(`Answers are shorter than ${SMALL_BODY.length} B`)
      return report
    }
  }
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number

/** The medians of each value over the rounds. */
export function medianSample (samples: readonly Sample[]): Sample {
  const of = (value: (sample: Sample) => number): number => median(samples.map(value))
  return {
    requestsPerSecond: of(sample => sample.requestsPerSecond),
    cpuMicros: of(sample => sample.cpuMicros),
    p50Ms: of(sample => sample.p50Ms),
    p99Ms: of(sample => sample.p99Ms),
    rssMiB: of(sample => sample.rssMiB),
    loadBusy: of(sample => sample.loadBusy),
    proxyBusy: of(sample => sample.proxyBusy),
    kept: of(sample => sample.kept),
    stolen: of(sample => sample.stolen)
  }
}
