// One JSON object a line on standard output.
process.stdout.on('error', () => {}); // a reader of the log that went away is no reason to stop

function writer(level) {
  return (message, fields = {}) => {
    const line = { time: new Date().toISOString(), level, pid: process.pid, message, ...fields };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

export const log = { info: writer('info'), warn: writer('warn'), error: writer('error') };
