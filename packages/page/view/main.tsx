import { render } from 'preact'
import { App } from './app.tsx'
import { loadRecordings } from './data.ts'

// A plain function: the page's script is a classic one, which runs while the rest of the page still arrives.
function show(root: Element): void {
  loadRecordings().then(
    (recordings) => {
      document.title = `${recordings.map(({ index }) => index.name).join(' | ')} - cassette`
      render(<App recordings={recordings} />, root)
    },
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      render(<p role="alert">This page cannot be shown: {why}</p>, root)
    },
  )
}

const root = document.querySelector('#app')
if (root !== null) show(root)
