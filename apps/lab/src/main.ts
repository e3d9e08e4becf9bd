console.log(process.version, typeof process.execve)
