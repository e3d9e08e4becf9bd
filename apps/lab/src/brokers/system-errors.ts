import { exitCodes, UserError } from '../user-error.ts'
import { errorCode } from './error-code.ts'

/**
 * Runs work on the user's folders: what the system refuses there becomes one line about what was being done.
 * @throws UserError instead of a system error; any other error as it is
 */
export async function withSystemErrors<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error) === undefined || !('syscall' in error)) throw error
    throw new UserError(
      `${doing}: ${error.message}; the folders can be chosen with XDG_STATE_HOME and XDG_CACHE_HOME`,
      exitCodes.environment,
      { cause: error },
    )
  }
}
