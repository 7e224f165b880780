import type { GuaranteeCounts, House } from '../../api/systems';
import { Ago } from '../../ui/Ago';
import { Panel } from '../../ui/Panel';
import { Dot } from '../../ui/signs';
import { healthTone, healthWords, type Tone } from '../../ui/tone';
import classes from './systems.module.css';

const STATE: Record<House['state'], [Tone, string]> = {
  starting: ['warn', 'Starting'],
  ready: ['good', 'Ready'],
  draining: ['warn', 'Draining'],
};

/** One line on the whole: the server, its parts, the kernel's checks. */
export function HouseStrip({ house }: { house: House }) {
  const [tone, words] = STATE[house.state];
  const parts = new Set(house.parts.map((part) => part.name));
  const own = house.systems.find((system) => system.name === 'health')?.checks ?? [];
  const checks = own.filter((check) => !parts.has(check.name));
  const unwell = house.systems.filter((system) => system.health !== 'ok').length;
  const total = (kind: keyof GuaranteeCounts) =>
    house.systems.reduce((sum, system) => sum + (system.guarantees[kind] ?? 0), 0);
  const [held, violated] = [total('held'), total('violated')];
  const promised = held + violated + total('weaker') + total('unproven');
  return (
    <Panel className={classes.strip}>
      <div>
        <span>Server</span>
        <b>
          <Dot tone={tone} /> {words}
        </b>
        <small>
          up since <Ago time={house.started_at} />
        </small>
      </div>
      {house.parts.map((part) => (
        <div key={part.name}>
          <span className={classes.capital}>{part.name}</span>
          <b>
            <Dot tone={healthTone(part.health)} label={healthWords(part.health)} /> {part.engine}
          </b>
          <small>{healthWords(part.health)}</small>
        </div>
      ))}
      {checks.map((check) => (
        <div key={check.name}>
          <span className={classes.capital}>{check.name}</span>
          <b>
            <Dot tone={healthTone(check.health)} /> {healthWords(check.health)}
          </b>
          <small className="truncate">{check.message}</small>
        </div>
      ))}
      <div>
        <span>Modules</span>
        <b>{house.systems.length}</b>
        <small>{unwell === 0 ? 'all healthy' : `${unwell} unwell`}</small>
      </div>
      <div>
        <span>Promises held</span>
        <b>
          {held} <small>of {promised}</small>
        </b>
        <small>{violated === 0 ? 'none violated' : `${violated} violated`}</small>
      </div>
    </Panel>
  );
}
