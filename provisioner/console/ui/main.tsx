import { render } from 'preact'
import { App } from './app.tsx'
import { startRouter } from './router.ts'
import { startSession } from './session.ts'
import './style/tokens.css'
import './style/base.css'
import './style/frame.css'
import './style/forms.css'
import './style/parts.css'
import './style/tables.css'
import './style/pages.css'
import 'uplot/dist/uPlot.min.css'

startRouter()
startSession()
render(<App />, document.getElementById('console') as HTMLElement)
