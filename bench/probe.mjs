// Loaded into a server under test: tells the bench how much processor time and memory the process uses.
if (process.send) {
  process.on('message', (/** @type {{ kind: string }} */ { kind }) => {
    const { user, system } = process.cpuUsage();
    process.send?.(kind === 'cpu' ? user + system : process.memoryUsage.rss());
  });
  process.channel?.unref();
}
