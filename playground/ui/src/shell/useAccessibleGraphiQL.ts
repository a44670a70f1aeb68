import { useEffect } from 'react';

/**
 * Mend what GraphiQL 5 says wrongly to a screen reader, while it says it.
 *
 * Its session tabs are elements of role "tab" that hold buttons, of which a screen reader
 * then announces none: here they are a list of buttons. Its history names every entry
 * "Set active" in place of the entry's own title.
 */
export function useAccessibleGraphiQL(): void {
  useEffect(() => {
    const observer = new MutationObserver(mend);
    observer.observe(document.body, {
      attributeFilter: ['role', 'aria-selected', 'aria-label'],
      childList: true,
      subtree: true,
    });
    mend();
    return () => {
      observer.disconnect();
    };
  }, []);
}

function mend(): void {
  for (const list of document.querySelectorAll('.graphiql-tabs[role]')) {
    list.removeAttribute('role');
  }
  for (const tab of document.querySelectorAll('.graphiql-tab[role], .graphiql-tab[aria-selected]')) {
    const selected = tab.classList.contains('graphiql-tab-active');
    tab.querySelector('button')?.setAttribute('aria-current', String(selected));
    tab.removeAttribute('role');
    tab.removeAttribute('aria-selected');
  }
  document.querySelector('#graphiql-session[role="tabpanel"]')?.setAttribute('role', 'group');
  for (const entry of document.querySelectorAll('.graphiql-history-item-label[aria-label]')) {
    entry.removeAttribute('aria-label');
  }
}
