import { compileSchemas, contractFiles, validateFiles } from './ajv.ts'

/** A program of its own: ajv alone on the contract files of a project. `validate ROOT`; prints how many are valid. */
const [root = ''] = process.argv.slice(2)
process.stdout.write(`${validateFiles(compileSchemas(), contractFiles(root))}\n`)
