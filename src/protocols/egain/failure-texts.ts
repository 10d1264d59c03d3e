/** Why a job failed, in every language that answers can be in. */
import type { ErrorCode } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { AnswerLanguage } from './languages.ts';
import { processedOf } from './progress.ts';

type Reason = 'failed' | 'cancelled' | 'delivery' | 'source' | 'errors' | 'limit' | 'database';

/** Whatever is not here is `failed`. */
const REASONS: Partial<Record<ErrorCode, Reason>> = {
  'delivery.failed': 'delivery',
  'destination.unknown_location': 'delivery',
  'source.unknown_location': 'source',
  'source.not_found': 'source',
  'source.unsupported': 'source',
  'source.is_directory': 'source',
  'source.empty': 'source',
  'source.binary': 'source',
  'source.changed': 'source',
  'source.unreadable': 'source',
  'format.unknown': 'source',
  'format.truncated': 'source',
  'format.no_records': 'source',
  'format.limit_exceeded': 'limit',
  'request.too_large': 'limit',
  'job.too_many_records': 'limit',
  'job.nothing_accepted': 'errors',
  'job.too_many_errors': 'errors',
  'job.not_all_accepted': 'errors',
  'database.unavailable': 'database',
};

/** What a status says of a job that did not succeed, with the number of items that were processed. */
export function failureText(job: Job, language: AnswerLanguage): string {
  const texts = TEXTS[language];
  const reason = job.state === 'cancelled' ? 'cancelled' : REASONS[job.failure?.code as ErrorCode];
  return `${texts[reason ?? 'failed']} ${texts.processed.replace('{0}', String(processedOf(job)))}`;
}

const FRENCH: Readonly<Record<Reason | 'processed', string>> = {
  failed: 'La tâche a échoué.',
  cancelled: 'La tâche a été annulée.',
  delivery: 'Le résultat n’a pas pu être transmis à la destination.',
  source: 'Le contenu n’a pas pu être lu.',
  errors: 'Trop d’éléments comportaient des erreurs.',
  limit: 'Le nombre d’éléments dépasse la limite autorisée.',
  database: 'La connexion à la base de données a été perdue.',
  processed: 'Éléments traités : {0}.',
};

const TEXTS: Readonly<Record<AnswerLanguage, Readonly<Record<Reason | 'processed', string>>>> = {
  'en-US': {
    failed: 'The job failed.',
    cancelled: 'The job was cancelled.',
    delivery: 'The result could not be delivered to the destination.',
    source: 'The content could not be read.',
    errors: 'Too many items had errors.',
    limit: 'The number of items exceeds the allowed limit.',
    database: 'The connection to the database was lost.',
    processed: 'Items processed: {0}.',
  },
  'es-ES': {
    failed: 'El trabajo ha fallado.',
    cancelled: 'El trabajo se ha cancelado.',
    delivery: 'No se ha podido entregar el resultado en el destino.',
    source: 'No se ha podido leer el contenido.',
    errors: 'Demasiados elementos tenían errores.',
    limit: 'El número de elementos supera el límite permitido.',
    database: 'Se ha perdido la conexión con la base de datos.',
    processed: 'Elementos procesados: {0}.',
  },
  'fr-FR': FRENCH,
  'it-IT': {
    failed: 'L’attività non è riuscita.',
    cancelled: 'L’attività è stata annullata.',
    delivery: 'Non è stato possibile consegnare il risultato alla destinazione.',
    source: 'Non è stato possibile leggere il contenuto.',
    errors: 'Troppi elementi contenevano errori.',
    limit: 'Il numero di elementi supera il limite consentito.',
    database: 'La connessione al database è andata persa.',
    processed: 'Elementi elaborati: {0}.',
  },
  'de-DE': {
    failed: 'Der Auftrag ist fehlgeschlagen.',
    cancelled: 'Der Auftrag wurde abgebrochen.',
    delivery: 'Das Ergebnis konnte nicht an das Ziel übertragen werden.',
    source: 'Der Inhalt konnte nicht gelesen werden.',
    errors: 'Zu viele Elemente waren fehlerhaft.',
    limit: 'Die Anzahl der Elemente überschreitet die zulässige Grenze.',
    database: 'Die Verbindung zur Datenbank ging verloren.',
    processed: 'Verarbeitete Elemente: {0}.',
  },
  'nl-NL': {
    failed: 'De taak is mislukt.',
    cancelled: 'De taak is geannuleerd.',
    delivery: 'Het resultaat kon niet op de bestemming worden afgeleverd.',
    source: 'De inhoud kon niet worden gelezen.',
    errors: 'Te veel items bevatten fouten.',
    limit: 'Het aantal items overschrijdt de toegestane limiet.',
    database: 'De verbinding met de database is verbroken.',
    processed: 'Verwerkte items: {0}.',
  },
  'pt-BR': {
    failed: 'A tarefa falhou.',
    cancelled: 'A tarefa foi cancelada.',
    delivery: 'Não foi possível entregar o resultado ao destino.',
    source: 'Não foi possível ler o conteúdo.',
    errors: 'Muitos itens continham erros.',
    limit: 'O número de itens excede o limite permitido.',
    database: 'A conexão com o banco de dados foi perdida.',
    processed: 'Itens processados: {0}.',
  },
  'pt-PT': {
    failed: 'A tarefa falhou.',
    cancelled: 'A tarefa foi cancelada.',
    delivery: 'Não foi possível entregar o resultado no destino.',
    source: 'Não foi possível ler o conteúdo.',
    errors: 'Demasiados itens continham erros.',
    limit: 'O número de itens excede o limite permitido.',
    database: 'A ligação à base de dados foi perdida.',
    processed: 'Itens processados: {0}.',
  },
  'da-DK': {
    failed: 'Jobbet mislykkedes.',
    cancelled: 'Jobbet blev annulleret.',
    delivery: 'Resultatet kunne ikke leveres til destinationen.',
    source: 'Indholdet kunne ikke læses.',
    errors: 'For mange elementer havde fejl.',
    limit: 'Antallet af elementer overskrider den tilladte grænse.',
    database: 'Forbindelsen til databasen blev afbrudt.',
    processed: 'Behandlede elementer: {0}.',
  },
  'ru-RU': {
    failed: 'Задание завершилось с ошибкой.',
    cancelled: 'Задание отменено.',
    delivery: 'Не удалось доставить результат по адресу назначения.',
    source: 'Не удалось прочитать содержимое.',
    errors: 'Слишком много элементов содержали ошибки.',
    limit: 'Количество элементов превышает допустимое ограничение.',
    database: 'Соединение с базой данных потеряно.',
    processed: 'Обработано элементов: {0}.',
  },
  'fr-CA': FRENCH,
  'zh-CN': {
    failed: '作业失败。',
    cancelled: '作业已取消。',
    delivery: '无法将结果传送到目标位置。',
    source: '无法读取内容。',
    errors: '出错的项目过多。',
    limit: '项目数超出允许的限制。',
    database: '与数据库的连接已断开。',
    processed: '已处理的项目数：{0}。',
  },
  'ja-JP': {
    failed: 'ジョブは失敗しました。',
    cancelled: 'ジョブはキャンセルされました。',
    delivery: '結果を送信先に配信できませんでした。',
    source: 'コンテンツを読み取れませんでした。',
    errors: 'エラーのある項目が多すぎます。',
    limit: '項目数が許可されている上限を超えています。',
    database: 'データベースへの接続が失われました。',
    processed: '処理済みの項目数: {0}。',
  },
  'ko-KR': {
    failed: '작업이 실패했습니다.',
    cancelled: '작업이 취소되었습니다.',
    delivery: '결과를 대상에 전달할 수 없습니다.',
    source: '콘텐츠를 읽을 수 없습니다.',
    errors: '오류가 있는 항목이 너무 많습니다.',
    limit: '항목 수가 허용된 한도를 초과합니다.',
    database: '데이터베이스 연결이 끊어졌습니다.',
    processed: '처리된 항목 수: {0}.',
  },
  'sv-SE': {
    failed: 'Jobbet misslyckades.',
    cancelled: 'Jobbet avbröts.',
    delivery: 'Resultatet kunde inte levereras till målet.',
    source: 'Innehållet kunde inte läsas.',
    errors: 'För många objekt innehöll fel.',
    limit: 'Antalet objekt överskrider den tillåtna gränsen.',
    database: 'Anslutningen till databasen bröts.',
    processed: 'Bearbetade objekt: {0}.',
  },
};
