import { useMemo, useState } from 'react';

import { count, plural } from '../numbers';
import { announce } from '../store';
import { findLists, toCsv, toGrid } from './rows';

const SHOWN_ROWS = 200;

/** The lists of an answer as tables, and the answer as a file. */
export function Table({ data }: { data: unknown }) {
  const lists = useMemo(() => findLists(data), [data]);
  const [chosen, setChosen] = useState('');
  const list = lists.find(({ path }) => path === chosen) ?? lists[0];
  const grid = useMemo(() => (list ? toGrid(list.rows) : null), [list]);
  return (
    <div className="table-view">
      <div className="table-tools">
        {list && (
          <select
            aria-label="List"
            value={list.path}
            onChange={(event) => {
              setChosen(event.target.value);
            }}
          >
            {lists.map(({ path, rows }) => (
              <option key={path} value={path}>
                {path} ({count(rows.length)})
              </option>
            ))}
          </select>
        )}
        <DownloadButton
          name="answer.json"
          label="Download JSON"
          content={() => JSON.stringify(data, null, 2)}
        />
        {grid && (
          <DownloadButton name="answer.csv" label="Download CSV" content={() => toCsv(grid)} />
        )}
      </div>
      {grid ? (
        <div className="table-scroll" tabIndex={0} role="group" aria-label="Rows">
          <table>
            <thead>
              <tr>
                {grid.columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {grid.cells.slice(0, SHOWN_ROWS).map((row, index) => (
                <tr key={index}>
                  {row.map((cell, place) => (
                    <td key={place}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <p className="notice">There is no list of objects in this answer.</p>
      )}
      {grid && grid.cells.length > SHOWN_ROWS && (
        <p className="table-rest">
          and {plural(grid.cells.length - SHOWN_ROWS, 'row')} more, which the files have.
        </p>
      )}
    </div>
  );
}

interface DownloadButtonProps {
  name: string;
  label: string;
  content: () => string;
}

function DownloadButton({ name, label, content }: DownloadButtonProps) {
  const download = () => {
    const address = URL.createObjectURL(new Blob([content()], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    URL.revokeObjectURL(address);
    announce(`${name} is downloaded.`);
  };
  return (
    <button type="button" className="button button-small" onClick={download}>
      {label}
    </button>
  );
}
