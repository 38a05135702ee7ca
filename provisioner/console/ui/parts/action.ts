import { useRef, useState } from 'preact/hooks'
import { ApiProblem } from '../api/problem.ts'

export interface Action {
  busy: boolean
  problem: ApiProblem | null
  run: (work: () => Promise<void>) => void
  clear: () => void
}

/** One thing at a time that the API is asked for; what it refuses is kept to be shown. */
export function useAction (): Action {
  const [state, setState] = useState<{ busy: boolean, problem: ApiProblem | null }>({ busy: false, problem: null })
  const busy = useRef(false)
  return {
    ...state,
    run: work => {
      if (busy.current) return
      busy.current = true
      setState({ busy: true, problem: null })
      work().then(
        () => { setState({ busy: false, problem: null }) },
        (err: unknown) => {
          if (!(err instanceof ApiProblem)) throw err
          setState({ busy: false, problem: err })
        }
      ).finally(() => { busy.current = false })
    },
    clear: () => { setState({ busy: false, problem: null }) }
  }
}
